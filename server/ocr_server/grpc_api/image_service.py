"""ImageService: files that are sent once and read as often as wanted."""

from collections.abc import AsyncIterator

from ocr_server._pb.ocr.v1 import image_service_pb2 as pb
from ocr_server._pb.ocr.v1 import image_service_pb2_grpc as pb_grpc
from ocr_server.grpc_api import convert
from ocr_server.grpc_api.interceptor import Context, tenant_of
from ocr_server.images import Images


class ImageServicer(pb_grpc.ImageServiceServicer):
    """Convert, call, convert."""

    def __init__(self, images: Images) -> None:
        self._images = images

    async def CreateUpload(self, request: pb.CreateUploadRequest, context: Context) -> pb.Upload:
        """Hand out a URL that takes this very file, or none if the file is there."""
        wanted = convert.upload_request_from_pb(request)
        upload = await self._images.create_upload(
            tenant_of(context), wanted.digest, size_bytes=wanted.size_bytes, media_type=wanted.media_type
        )
        return convert.upload_to_pb(wanted.digest, upload)

    async def UploadImage(self, requests: AsyncIterator[pb.UploadImageRequest], context: Context) -> pb.Image:
        """Store a file that comes in pieces; what is wrong with it is told as soon as it shows."""
        messages = aiter(requests)
        first = await anext(messages, pb.UploadImageRequest())
        sha256 = convert.digest_from_pb(first.sha256, "sha256") if first.sha256 else ""
        image = await self._images.receive(tenant_of(context), _pieces(first, messages), sha256=sha256)
        return convert.image_to_pb(image)

    async def GetImage(self, request: pb.GetImageRequest, context: Context) -> pb.Image:
        """Tell what is known of an image."""
        image_id = convert.digest_from_pb(request.image_id, "image_id")
        return convert.image_to_pb(await self._images.get(tenant_of(context), image_id))


async def _pieces(first: pb.UploadImageRequest, rest: AsyncIterator[pb.UploadImageRequest]) -> AsyncIterator[bytes]:
    yield convert.piece_from_pb(first)
    async for message in rest:
        yield convert.piece_from_pb(message)
