"""JobService: recognitions that outlive the call that asked for them."""

from collections.abc import AsyncIterator

from ocr_server._pb.ocr.v1 import job_pb2
from ocr_server._pb.ocr.v1 import job_service_pb2 as pb
from ocr_server._pb.ocr.v1 import job_service_pb2_grpc as pb_grpc
from ocr_server.domain.job import JobState
from ocr_server.grpc_api import convert
from ocr_server.grpc_api.interceptor import Context, tenant_of
from ocr_server.jobs import Jobs


class JobServicer(pb_grpc.JobServiceServicer):
    """Convert, call, convert."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def SubmitJob(self, request: pb.SubmitJobRequest, context: Context) -> job_pb2.Job:
        """Take a job; a repeated request_id returns the job of the first call."""
        return await self._submit(convert.image_request_from_pb(request), context)

    async def SubmitJobRaw(self, request: pb.SubmitJobRawRequest, context: Context) -> job_pb2.Job:
        """SubmitJob with the image as the request's body."""
        return await self._submit(convert.image_request_from_pb(request), context)

    async def GetJob(self, request: pb.GetJobRequest, context: Context) -> job_pb2.Job:
        """Return one job, with its document once it succeeded."""
        return convert.job_to_pb(await self._jobs.get(tenant_of(context), convert.id_from_pb(request.job_id, "job_id")))

    async def ListJobs(self, request: pb.ListJobsRequest, context: Context) -> pb.ListJobsResponse:
        """Return the tenant's jobs, newest first, page by page, without their documents."""
        query = convert.job_query_from_pb(request)
        jobs, next_page_token = await self._jobs.list_jobs(
            tenant_of(context), page_size=query.page_size, page_token=query.page_token, states=query.states
        )
        listed = [convert.job_to_pb(job, with_response=False) for job in jobs]
        return pb.ListJobsResponse(jobs=listed, next_page_token=next_page_token)

    async def CancelJob(self, request: pb.CancelJobRequest, context: Context) -> job_pb2.Job:
        """Stop a job wherever it is."""
        return convert.job_to_pb(
            await self._jobs.cancel(tenant_of(context), convert.id_from_pb(request.job_id, "job_id"))
        )

    async def WatchJob(self, request: pb.WatchJobRequest, context: Context) -> AsyncIterator[job_pb2.JobEvent]:
        """Replay a job's events after ``after_seq`` and follow it to its end."""
        tenant = tenant_of(context)
        job_id, after_seq = convert.id_from_pb(request.job_id, "job_id"), convert.seq_from_pb(request.after_seq)
        async for event in self._jobs.watch(tenant, job_id, after_seq=after_seq):
            failed = event.state is JobState.FAILED
            error = (await self._jobs.get(tenant, job_id)).error if failed else None
            yield convert.job_event_to_pb(event, error)

    async def SubmitBatch(self, request: pb.SubmitBatchRequest, context: Context) -> job_pb2.Batch:
        """Take many images, all or none; a repeated request_id returns the batch of the first call."""
        wanted = convert.batch_request_from_pb(request)
        return convert.batch_to_pb(await self._jobs.submit_batch(tenant_of(context), wanted.items, wanted.request_id))

    async def GetBatch(self, request: pb.GetBatchRequest, context: Context) -> job_pb2.Batch:
        """Return one batch."""
        batch_id = convert.id_from_pb(request.batch_id, "batch_id")
        return convert.batch_to_pb(await self._jobs.get_batch(tenant_of(context), batch_id))

    async def WatchBatch(self, request: pb.WatchBatchRequest, context: Context) -> AsyncIterator[job_pb2.BatchEvent]:
        """Replay a batch's events after ``after_seq`` and follow it to its end."""
        batch_id, after_seq = convert.id_from_pb(request.batch_id, "batch_id"), convert.seq_from_pb(request.after_seq)
        async for event in self._jobs.watch_batch(tenant_of(context), batch_id, after_seq=after_seq):
            yield convert.batch_event_to_pb(event)

    async def _submit(self, wanted: convert.ImageRequest, context: Context) -> job_pb2.Job:
        job = await self._jobs.submit(tenant_of(context), wanted.image, wanted.options, wanted.request_id)
        return convert.job_to_pb(job)
