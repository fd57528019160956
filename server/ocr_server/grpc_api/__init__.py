"""The edge: protobuf and gRPC in, domain objects inside, protobuf and gRPC out."""
