"""The service's Django settings, read from the environment once; `reading` and `building` explain each value."""

import os

from vkpp.ops.settings.building import build

globals().update(build(os.environ))
