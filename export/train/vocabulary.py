"""What labels, receipts and invoices are made of, in the words printed on them.

Each string holds space-separated terms; an underscore stands for a space inside a term.
"""

RECEIPT = (
    "TOTAL SUBTOTAL Sub-Total SUB_TOTAL GRAND_TOTAL TOTAL_DUE Amount_Due BALANCE_DUE TOTAL_(INCL._GST) TOTAL_SALES_INCL_VAT "
    "CASH CHANGE Change_Due ROUNDING Rounding_Adj TAX VAT GST SST Sales_Tax TAX_INVOICE INVOICE RECEIPT CREDIT_NOTE QTY "
    "Qty ITEM Item(s) DESC Description PRICE U/PRICE Unit_Price AMOUNT Amt DISC Discount DISCOUNT VOID REFUND CASHIER "
    "Cashier: Served_by CLERK TERMINAL TILL POS STORE TABLE Order_No. INVOICE_NO. Inv_No. Bill_No: Doc_No. DATE Date: TIME "
    "Time: TEL Tel: FAX PHONE EMAIL GST_ID_NO: GST_REG_NO VAT_No. Reg._No. CO.REG_NO UEN ABN EIN VISA MASTERCARD AMEX DEBIT "
    "Maestro CONTACTLESS APPROVED AUTH_CODE AID: TVR: CARD_NUMBER XXXX-XXXX-XXXX- ****1234 MERCHANT_ID TID MID "
    "THANK_YOU THANK_YOU_PLEASE_COME_AGAIN Goods_sold_are_not_returnable NO_REFUND PLEASE_KEEP_THIS_RECEIPT Have_a_nice_day "
    "Member_Points LOYALTY SAVINGS You_saved Summe SUMME EUR ZU_ZAHLEN Zwischensumme MwSt. USt-IdNr. Steuernummer BAR "
    "Rückgeld Rechnung Rechnungsnr. Kasse Bon-Nr. Quittung Netto Brutto Artikel Menge Einzelpreis Gesamtbetrag Datum "
    "Uhrzeit Vielen_Dank_für_Ihren_Einkauf Total_TTC TOTAL_À_PAYER Sous-total TVA Montant Espèces Rendu_monnaie Facture_n° "
    "Reçu Caisse Quantité Merci_de_votre_visite N°_SIRET Carte_bancaire Subtotal IVA_INCLUIDO Efectivo Cambio Factura "
    "Importe Fecha NIF CIF Gracias_por_su_compra Totale TOTALE_COMPLESSIVO Contante Resto Scontrino P.IVA di_cui_IVA Fattura "
    "Quantità Grazie_e_arrivederci Totaal BTW Contant Wisselgeld Bedrag Bedankt Suma SUMA_PLN PARAGON_FISKALNY Gotówka "
    "Reszta Sprzedaż_opodatk. Faktura NIP Ilość Dziękujemy Summa Moms Kontant Växel Kvitto Antal Beløb Kvittering Total_a_pagar "
    "Troco Contribuinte Fatura Obrigado Toplam KDV Nakit Fiş_No Celkem DPH Účtenka Összesen ÁFA Készpénz Nyugta Total_lei TVA_9%"
)
PRODUCTS = (
    "Milk Whole_Milk Skimmed_Milk UHT Yoghurt Greek_Yogurt Butter Cheddar Mozzarella Eggs Free_Range Bread Wholemeal "
    "Baguette Croissant Rice Basmati Pasta Spaghetti Penne Flour Sugar Brown_Sugar Honey Jam Peanut_Butter Coffee Espresso "
    "Green_Tea Orange_Juice Apple_Juice Mineral_Water Sparkling Cola Lemonade Beer Lager Red_Wine Chardonnay Cabernet Gin "
    "Chocolate Dark_Chocolate Biscuits Cookies Crisps Cereal Muesli Granola Oats Chicken_Breast Beef_Mince Pork Bacon Salmon "
    "Tuna Prawns Tofu Potatoes Tomatoes Onions Garlic Carrots Broccoli Spinach Lettuce Cucumber Avocado Bananas Apples "
    "Gala Granny_Smith Strawberries Blueberries Grapes Lemons Ice_Cream Vanilla Pizza_Margherita Soup Ketchup Mayonnaise "
    "Mustard Olive_Oil Extra_Virgin Sunflower_Oil Vinegar Balsamic Salt Black_Pepper Shampoo Conditioner Toothpaste Soap "
    "Hand_Wash Detergent Fabric_Softener Bleach Toilet_Roll Kitchen_Towel Nappies Batteries_AA LED_Bulb USB-C_Cable Charger "
    "HDMI Screws M6x40 Washer Drill_Bit Paint Masking_Tape A4_Paper Notebook Pen Stapler Envelope T-Shirt Jeans Socks Shoes "
    "Nasi_Lemak Teh_Tarik Mee_Goreng Kopi_O Ayam Roti_Canai Milo Sambal Käse Vollmilch Brötchen Müsli Würstchen Sauerkraut "
    "Apfelsaft Hähnchen Öl Fromage Crème_fraîche Jambon Pâté Brioche Café_moulu Purée Saucisson Queso Jamón_serrano "
    "Aceite_de_oliva Leche Huevos Piña Formaggio Prosciutto Caffè Farina Pomodori_pelati Ciabatta Kaas Stroopwafel Melk "
    "Masło Śmietana Żurek Kiełbasa Jabłka Smør Rødgrød Knäckebröd Kött Pão Açúcar Maçã Süt Peynir Mléko Rohlík Sajt Túró "
    "Nutella Coca-Cola Heinz Nestlé Lindt Häagen-Dazs Kellogg's M&M's L'Oréal NIVEA Colgate Dr._Oetker Müller Danone Ferrero"
)
LABEL = (
    "Ingredients: INGREDIENTS: Nutrition_Facts NUTRITION_INFORMATION Serving_Size Servings_per_container Amount_Per_Serving "
    "Calories Energy Fat of_which_saturates Saturated_Fat Trans_Fat Cholesterol Sodium Carbohydrate of_which_sugars "
    "Total_Carbohydrate Dietary_Fiber Fibre Sugars Added_Sugars Protein Salt Vitamin_D Vitamin_C Calcium Iron Potassium "
    "%_Daily_Value* %RI* per_100_g per_100_ml Per_serving kJ kcal Contains: MAY_CONTAIN Allergens: wheat gluten milk soya "
    "nuts hazelnuts almonds sesame eggs celery mustard sulphites fish lupin water sugar glucose_syrup palm_oil rapeseed_oil "
    "cocoa_butter whey_powder skimmed_milk_powder emulsifier:_lecithins_(soya) E322 E330 E202 E471 citric_acid "
    "natural_flavouring colour:_carotenes raising_agent salt yeast maltodextrin modified_starch stabiliser preservative "
    "Best_before BEST_BEFORE_END: Use_by EXP EXP. EXP: MFG MFG: LOT Lot_No. BATCH L: SN: S/N P/N REF MODEL Net_Wt. NET_WEIGHT "
    "Net_Contents Gross_weight Volume Dimensions Made_in_Germany Product_of_Italy MADE_IN_CHINA Produced_by Imported_by "
    "Keep_refrigerated STORE_IN_A_COOL,_DRY_PLACE Shake_well_before_use Do_not_freeze Consume_within_3_days RECYCLE CE FCC "
    "Warning CAUTION Keep_out_of_reach_of_children FRAGILE Handle_with_care THIS_SIDE_UP SHIP_TO: FROM: TRACKING_# WEIGHT: "
    "Input: Output: 100-240V~ 50/60Hz 5V⎓2A IP67 GTIN EAN SKU Zutaten: Nährwerte Brennwert Fett davon_gesättigte_Fettsäuren "
    "Kohlenhydrate davon_Zucker Eiweiß Salz Mindestens_haltbar_bis Durchschnittliche_Nährwerte_pro_100g Ingrédients_: "
    "Valeurs_nutritionnelles Énergie Matières_grasses dont_acides_gras_saturés Glucides dont_sucres Protéines Sel "
    "À_consommer_de_préférence_avant_le Ingredientes: Información_nutricional Grasas Azúcares Proteínas "
    "Consumir_preferentemente_antes_del Ingredienti: Valori_nutrizionali Grassi Zuccheri Proteine Da_consumarsi_entro "
    "Ingrediënten: Voedingswaarde Vetten Koolhydraten Suikers Eiwitten Składniki: Wartość_odżywcza Tłuszcz Węglowodany Białko "
    "Sól Najlepiej_spożyć_przed Näringsvärde Kolhydrat Sockerarter Ingredienser: Næringsindhold Valor_energético Lípidos "
    "Hidratos_de_carbono İçindekiler Enerji Yağ Složení: Összetevők: Zsír"
)
INVOICE = (
    "Invoice_Number Invoice_Date Due_Date Payment_Terms Net_30 Purchase_Order PO_Number Customer_ID Bill_To Ship_To Remit_To "
    "Account_No. Sort_Code IBAN BIC SWIFT Bank Beneficiary Reference Line_Total Hours Rate Services_rendered Consulting "
    "Shipping_&_Handling Freight Deposit Paid Balance Overdue Terms_and_Conditions Please_make_cheques_payable_to "
    "Thank_you_for_your_business Authorised_signature VAT_registration_number Reverse_charge Rechnungsdatum Fälligkeitsdatum "
    "Zahlbar_innerhalb_von_14_Tagen_ohne_Abzug Lieferdatum Kundennummer Leistungszeitraum Bankverbindung Date_d'échéance "
    "Numéro_de_client Conditions_de_paiement Fecha_de_vencimiento Base_imponible Data_di_scadenza Imponibile Factuurdatum "
    "Vervaldatum Termin_płatności Sprzedawca Nabywca Förfallodatum Betalingsbetingelser Data_de_vencimento"
)
COMPANIES = (
    "SDN_BHD SDN._BHD. BHD PTE_LTD Ltd Ltd. Limited LLC L.L.C. Inc. INC Corp. Co. & Co. PLC GmbH AG KG OHG e.K. SARL S.A. SAS "
    "S.r.l. S.p.A. B.V. N.V. Sp._z_o.o. AB A/S ApS Oy AS Lda. s.r.o. Kft. ENTERPRISE TRADING HARDWARE RESTAURANT "
    "Restoran MINI_MARKET SUPERMARKET HYPERMARKET Pharmacy STATIONERY BOOKSTORE Bakery Café Electronics Motors Holdings "
    "Industries Foods Group International Services Solutions Brothers Sons Apotheke Boulangerie Panadería Farmácia Sklep"
)
STREETS = (
    "JALAN LORONG TAMAN NO. LOT BLOCK Street St. Road Rd. Avenue Ave. Lane Drive Blvd. Square Suite Unit Floor Level Building "
    "Industrial_Park P.O._Box Straße Str. Platz Weg Allee rue avenue_de_la boulevard_du Calle Avda. Plaza Via Viale Piazza "
    "laan straat plein ul. Aleja gatan väg vej Rua Avenida KUALA_LUMPUR SELANGOR JOHOR_BAHRU PENANG SINGAPORE London "
    "Manchester New_York CA TX IL Springfield Berlin München Köln Düsseldorf Zürich Wien Paris Lyon Orléans Bruxelles Madrid "
    "Málaga Barcelona Roma Milano Torino Amsterdam 's-Hertogenbosch Warszawa Kraków Łódź Gdańsk Göteborg Malmö København "
    "Århus Lisboa São_Paulo İstanbul Praha Brno Budapest București Malaysia Deutschland France España Italia Polska"
)
UNITS = "g kg mg µg lb lbs oz fl.oz ml cl L l m cm mm m² ft in pcs PCS pc pk ea EA x X pack box h hrs kWh W V A mAh °C °F % kJ kcal pt ct"
MONTHS = (
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec January February March June July August September October November "
    "December Januar März Mai Juni Oktober Dezember janvier février juillet août décembre enero marzo julio agosto gennaio "
    "maggio giugno dicembre stycznia października Sept."
)
CURRENCIES = "$ € £ RM ¥ ₹ zł kr Kč Ft ₺ ₽ ₩ R$ US$ S$ A$ C$ CHF USD EUR GBP MYR SGD PLN SEK NOK DKK INR JPY AUD CAD Rs. lei ₪ ₫ ₱ ₦ ₴ ฿ ₡ ₲ ₸ ₭ ₮ ₼ ₾ ₵ ƒ ¢"
