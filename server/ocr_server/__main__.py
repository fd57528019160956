"""``python -m ocr_server`` and ``ocr-server``."""

from ocr_server.cli.app import app


def main() -> None:
    """Run the command line."""
    app(prog_name="ocr-server")


if __name__ == "__main__":
    main()
