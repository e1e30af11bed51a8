"""The descriptor pool of this package's messages.

Protobuf's default pool holds one file and one message of a name. Feast puts `feast/serving/ServingService.proto` and
`feast.types.Value` there, whose text changes with Feast's version; in a pool of our own neither can collide, whatever is
imported first.
"""

from google.protobuf import timestamp_pb2
from google.protobuf.descriptor_pool import DescriptorPool

POOL = DescriptorPool()
# The one file that the generated ones import.
POOL.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
