"""The desk of several portals, in a Redis or Valkey without persistence: each act is one script, so it is atomic.

A row is a key of its own that the server lets go when its time is up; a sorted set remembers when, and a hash how many
bytes lie there, in all and for each bucket. The server sees names of rows and buckets, lengths, and locked content.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from portal.agreed import AwayError
from portal.desk import most

if TYPE_CHECKING:
    from portal.shared import Shared

ROW_COST = 512  # bytes that a row costs beside its content: keys, the two lists, the server's own
KEPT_SECONDS = 3600  # that the lists are kept after the last row was laid down; longer than any row

# KEYS: the row, when rows end, what is used, more rows. The first write of a script decides whether a full server
# refuses it, so either nothing is changed or everything.
_COMMON = """
local row, ends, used = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function count(bucket, bytes)
  redis.call('HINCRBY', used, 'all', bytes)
  if redis.call('HINCRBY', used, 'of:' .. bucket, bytes) <= 0 then redis.call('HDEL', used, 'of:' .. bucket) end
end

local function take(member)
  if redis.call('ZREM', ends, member) == 1 then
    local bytes, bucket = string.match(member, '^%x+ (%d+) (.*)$')
    count(bucket, -tonumber(bytes))
  end
end

local function name(bucket, cost)
  return string.match(row, '%x+$') .. ' ' .. cost .. ' ' .. bucket
end

local function remove(row_cost)
  local held = redis.call('GET', row)
  if held then
    local bucket = string.match(held, '^(%x*)|')
    take(name(bucket, #held - #bucket - 1 + row_cost))
    redis.call('DEL', row)
  end
end

local function fits(bucket, cost, total, most)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, 1000)) do take(member) end
  local all = tonumber(redis.call('HGET', used, 'all') or '0')
  local own = tonumber(redis.call('HGET', used, 'of:' .. bucket) or '0')
  return all + cost <= total and own + cost <= most
end
"""
_PUT = (
    _COMMON
    + """
local bucket, locked, cost, row_cost = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local total, most, lasts, kept = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
remove(row_cost)
if not fits(bucket, cost, total, most) then return 0 end
redis.call('SET', row, bucket .. '|' .. locked, 'PX', lasts)
if redis.call('ZADD', ends, now + lasts, name(bucket, cost)) == 1 then count(bucket, cost) end
redis.call('EXPIRE', ends, kept)
redis.call('EXPIRE', used, kept)
return 1
"""
)
_ROOM = _COMMON + "return fits(ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])) and 1 or 0"
_DROP = (
    _COMMON
    + """
remove(tonumber(ARGV[1]))
for other = 4, #KEYS do
  row = KEYS[other]
  remove(tonumber(ARGV[1]))
end
"""
)
_SIZE = _COMMON + "fits('', 0, 0, 0); return tonumber(redis.call('HGET', used, 'all') or '0')"


class SharedDesk:
    """A desk that several portals share (see `portal.desk.Desk`). While the server is away it is full and empty."""

    def __init__(self, shared: Shared, name: str, total: int, per_bucket: int) -> None:
        self._shared = shared
        self._name = f"utvag:desk:{name}"
        self._total = total
        self._per_bucket = per_bucket
        scripts = (_PUT, _ROOM, _DROP, _SIZE)
        self._put, self._room, self._drop, self._size = map(shared.client.register_script, scripts)

    def put(self, key: bytes, bucket: str, locked: bytes, seconds: float) -> bool:
        """Lay a row on the desk, in place of one with the same key; tell whether there was room."""
        cost = len(locked) + ROW_COST
        bounds = (self._total, most(bucket, self._total, self._per_bucket))
        arguments = (bucket, locked, cost, ROW_COST, *bounds, int(seconds * 1000), KEPT_SECONDS)
        return self._run(self._put, key, *arguments) == 1

    def room(self, bucket: str, size: int) -> bool:
        """Tell whether a row with `size` bytes of locked content would fit now."""
        bounds = (self._total, most(bucket, self._total, self._per_bucket))
        return self._run(self._room, b"", bucket, size + ROW_COST, *bounds) == 1

    def get(self, key: bytes) -> bytes | None:
        """Return the row's locked content until its time is up."""
        try:
            held: Any = self._shared.ask(lambda: self._shared.client.get(self._row(key)))  # Any: as in portal.shared
        except AwayError:
            return None
        return bytes(held).partition(b"|")[2] if held else None

    def drop(self, *keys: bytes) -> None:
        """Take rows away, one at least; where the server is away their time ends them."""
        self._run(self._drop, keys[0], ROW_COST, more=keys[1:])

    @property
    def size(self) -> int:
        """Count the bytes that lie on the desk now."""
        return self._run(self._size, b"") or 0

    @property
    def used(self) -> tuple[int, int]:
        """Count the bytes that lie on the desk now, and those that may."""
        return self.size, self._total

    def _row(self, key: bytes) -> str:
        return f"{self._name}:{key.hex() or '0'}"

    def _run(self, script: Any, key: bytes, *arguments: object, more: Sequence[bytes] = ()) -> int | None:  # as above
        keys = (self._row(key), f"{self._name}:ends", f"{self._name}:used", *map(self._row, more))
        try:
            answer = self._shared.ask(lambda: script(keys=keys, args=arguments))
        except AwayError:
            return None
        return int(answer) if answer is not None else None
