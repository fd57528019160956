"""Objects of the domain as protobuf messages, as far as gRPC and events have them in common, and events themselves."""
