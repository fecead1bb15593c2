"""The Lua scripts that change the state of an edit. Each checks everything before it writes anything.

A script sees its keys by name (see `keys.py`), `args` (a JSON object) and `FIELDS` (RQ's hash of the job). Inside one
script all times are Redis's own.
"""

from worker import queueing
from worker.records import values

PRELUDE = f"""
local MAX_EVENTS, EDIT_TTL_S, DOORBELL_LENGTH = {values.MAX_EVENTS}, {values.EDIT_TTL_S}, {queueing.DOORBELL_LENGTH}
local BUCKETS_S = {{{", ".join(map(str, values.BUCKETS_S))}}}
local args = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local now_s = string.format('%.3f', now_ms / 1000)

local function whole(number) return string.format('%.0f', number) end
local function count(name) redis.call('HINCRBY', STATS, name, 1) end

local function observe(name, ms)
  local bucket = 'inf'
  for _, bound in ipairs(BUCKETS_S) do
    if ms <= bound * 1000 then bucket = tostring(bound) break end
  end
  count(name .. ':' .. bucket)
  redis.call('HINCRBY', STATS, name .. ':sum_ms', whole(ms))
end

local function push(queue, id, front)
  local list = queue == 'batch' and BATCH or INTERACTIVE
  redis.call('DEL', JOB)
  redis.call('HSET', JOB, 'origin', queue, unpack(ARGV, 2))
  redis.call('EXPIRE', JOB, EDIT_TTL_S)
  redis.call('SADD', RQ_QUEUES, list)
  local length = redis.call(front and 'LPUSH' or 'RPUSH', list, id)
  redis.call('LPUSH', DOORBELL, '1')
  redis.call('LTRIM', DOORBELL, 0, DOORBELL_LENGTH - 1)
  return length
end

local function remove_tickets(id)
  for _, list in ipairs({{INTERACTIVE, BATCH, INTERACTIVE_TAKEN, BATCH_TAKEN}}) do
    redis.call('LREM', list, 0, id)
  end
end

-- Position 1 is next. An edit without a ticket in the lists has just been taken from the front.
local function position_of(queue, id)
  local list = queue == 'batch' and BATCH or INTERACTIVE
  local index = redis.call('LPOS', list, id)
  if not index then return 1 end
  return index + 1 + (queue == 'batch' and redis.call('LLEN', INTERACTIVE) or 0)
end

local function eta_s(position)
  local mean_ms = redis.call('HGET', STATS, 'run_s:mean_ms')
  if not mean_ms then return '' end
  local workers = math.max(1, redis.call('SCARD', WORKERS))
  return string.format('%.1f', position * tonumber(mean_ms) / 1000 / workers)
end
"""

EDIT_PRELUDE = (
    PRELUDE
    + """
local function get(field) return redis.call('HGET', EDIT, field) end
local function set(...) redis.call('HSET', EDIT, ...) end

local function append(kind, body, preview)
  local seq = redis.call('HINCRBY', EDIT, 'seq', 1)
  local head = string.format('{"edit_id":"%s","seq":%d,"ts":%s,', args.edit_id, seq, now_s)
  local event = head .. string.sub(body, 2)
  redis.call('XADD', EVENTS, 'MAXLEN', '~', MAX_EVENTS, seq .. '-0', 'type', kind, 'json', event)
  redis.call('EXPIRE', EDIT, EDIT_TTL_S)
  redis.call('EXPIRE', EVENTS, EDIT_TTL_S)
  if preview then event = string.sub(event, 1, -2) .. ',"preview":"' .. preview .. '"}' end
  redis.call('PUBLISH', args.channel, seq .. ' ' .. kind .. ' ' .. event)
  return seq
end

local function lease_name(attempt) return args.edit_id .. ':' .. attempt end

local function finish(status, kind, body)
  local began_ms = get('began_ms')
  if get('status') == 'running' then observe('run_s', now_ms - tonumber(began_ms)) end
  set('status', status, 'finished_at', now_s)
  redis.call('ZREM', QUEUED, args.edit_id)
  redis.call('ZREM', RUNNING, lease_name(get('attempt')))
  count(status)
  append(kind, body)
end

local function fail(failure)
  set('error', failure)
  count('failed:' .. cjson.decode(failure).code)
  finish('failed', 'failed', '{"type":"failed",' .. string.sub(failure, 2))
end

local function cancel() finish('canceled', 'canceled', '{"type":"canceled"}') end

local function is_terminal(status) return status == 'succeeded' or status == 'failed' or status == 'canceled' end
local function is_mine() return get('status') == 'running' and get('token') == whole(args.token) end

-- A call whose answer got lost is sent again under its own id: it gets that answer and changes nothing.
local function answered() return get('call:' .. args.operation) == args.call and get('answer:' .. args.operation) end
local function answer(reply)
  set('call:' .. args.operation, args.call, 'answer:' .. args.operation, reply)
  return reply
end
"""
)

CREATE = """
if args.idempotent then
  local first = redis.call('HMGET', IDEM, 'edit_id', 'fingerprint', 'position', 'eta_s', 'call')
  if first[1] then
    if first[2] ~= args.fingerprint then return {'conflict'} end
    return {first[5] == args.call and 'created' or 'replayed', first[1], first[3], first[4]}
  end
end
if redis.call('EXISTS', EDIT) == 1 then
  if get('call:create') ~= args.call then return {'taken'} end
  return {'created', args.edit_id, get('first_position'), get('first_eta_s')}
end
if redis.call('ZCARD', QUEUED) >= args.max_queued then return {'full'} end

set('edit_id', args.edit_id, 'request', args.request, 'priority', args.priority, 'status', 'queued', 'attempt', 1,
    'token', 0, 'created_at', now_s, 'queued_ms', whole(now_ms), 'ticket_ms', whole(now_ms), 'call:create', args.call)
redis.call('ZADD', QUEUED, whole(now_ms), args.edit_id)
local position = push(args.priority, args.edit_id, false)
if args.priority == 'batch' then position = position + redis.call('LLEN', INTERACTIVE) end
local eta = eta_s(position)
set('first_position', position, 'first_eta_s', eta)
if args.idempotent then
  redis.call('HSET', IDEM, 'edit_id', args.edit_id, 'fingerprint', args.fingerprint, 'position', position,
             'eta_s', eta, 'call', args.call)
  redis.call('EXPIRE', IDEM, args.idempotency_ttl_s)
end
count('created')
append('queued', string.format('{"type":"queued","position":%d,"eta_s":%s}', position, eta == '' and 'null' or eta))
return {'created', args.edit_id, tostring(position), eta}
"""

BEGIN = """
local repeated = answered()
if repeated then return {repeated, get('attempt'), get('request')} end
if get('status') ~= 'queued' then return {} end
local token = redis.call('HINCRBY', EDIT, 'token', 1)
local attempt = get('attempt')
local queued_ms = tonumber(get('queued_ms'))
for _, field in ipairs(redis.call('HKEYS', EDIT)) do
  if string.sub(field, 1, 10) == 'candidate:' then redis.call('HDEL', EDIT, field) end
end
redis.call('HDEL', EDIT, 'stage', 'progress')
set('status', 'running', 'worker', args.worker, 'device', args.device, 'started_at', now_s, 'began_ms', whole(now_ms))
redis.call('ZREM', QUEUED, args.edit_id)
redis.call('ZADD', RUNNING, whole(now_ms + args.lease_ms), lease_name(attempt))
observe('wait_s', now_ms - queued_ms)
append('started', '{"type":"started","attempt":' .. attempt .. ',' .. string.sub(args.body, 2))
return {answer(tostring(token)), attempt, get('request')}
"""

BEAT = """
if not is_mine() then return 'stale' end
redis.call('ZADD', RUNNING, whole(now_ms + args.lease_ms), lease_name(get('attempt')))
return get('cancel') and 'cancel' or 'go'
"""

EMIT = """
local repeated = answered()
if repeated then return repeated end
if not is_mine() then return 'stale' end
if args.kind == 'candidate' then
  set('candidate:' .. whole(args.index), args.body)
elseif args.kind == 'stage' then
  set('stage', args.body)
  redis.call('HDEL', EDIT, 'progress')
else
  set('progress', args.body)
end
return answer(tostring(append(args.kind, args.body, args.preview)))
"""

COMPLETE = """
local repeated = answered()
if repeated then return repeated end
if not is_mine() then return 'stale' end
if get('cancel') then
  cancel()
  return answer('canceled')
end
local run_ms = now_ms - tonumber(get('began_ms'))
local mean_ms = tonumber(redis.call('HGET', STATS, 'run_s:mean_ms') or run_ms)
set('result', args.result)
redis.call('HSET', STATS, 'run_s:mean_ms', string.format('%.3f', mean_ms + 0.2 * (run_ms - mean_ms)))
count(args.verified and 'verified' or 'unverified')
finish('succeeded', 'completed', args.body)
return answer('succeeded')
"""

FAIL = """
local repeated = answered()
if repeated then return repeated end
local status = get('status')
if not status or is_terminal(status) or (args.token and not is_mine()) then return 'stale' end
if get('cancel') then
  cancel()
  return answer('canceled')
end
if status == 'queued' then
  remove_tickets(args.edit_id)
  redis.call('DEL', JOB)
end
fail(args.failure)
return answer('failed')
"""

COMMIT_CANCELED = """
local repeated = answered()
if repeated then return repeated end
if not is_mine() then return 'stale' end
cancel()
return answer('canceled')
"""

RETRYING = """
local repeated = answered()
if repeated then return repeated end
local attempt = whole(args.attempt)
if get('status') ~= 'running' or get('attempt') ~= attempt then
  redis.call('ZREM', RUNNING, lease_name(attempt))
  return ''
end
if get('cancel') or args.attempt >= args.max_attempts then
  remove_tickets(args.edit_id)
  redis.call('DEL', JOB)
end
if get('cancel') then
  cancel()
  return answer('canceled')
end
if args.attempt >= args.max_attempts then
  fail(args.failure)
  return answer('failed')
end
set('status', 'queued', 'attempt', whole(args.attempt + 1), 'queued_ms', whole(now_ms), 'ticket_ms', whole(now_ms))
redis.call('ZREM', RUNNING, lease_name(attempt))
redis.call('ZADD', QUEUED, whole(now_ms), args.edit_id)
remove_tickets(args.edit_id)
push(get('priority'), args.edit_id, true)
count('retried')
append('retrying', args.body)
return answer('queued')
"""

REQUEUE = """
local status = get('status')
if status ~= 'queued' then
  redis.call('ZREM', QUEUED, args.edit_id)
  return 0
end
local queue = get('priority')
if redis.call('LPOS', queue == 'batch' and BATCH or INTERACTIVE, args.edit_id) then return 0 end
if now_ms - tonumber(get('ticket_ms')) < args.after_ms then return 0 end
set('ticket_ms', whole(now_ms))
remove_tickets(args.edit_id)
push(queue, args.edit_id, true)
return 1
"""

FORGET = """
local status = get('status')
if not status then return 0 end
if not is_terminal(status) then return -1 end
return redis.call('DEL', EDIT, EVENTS, JOB)
"""

CANCEL = """
local repeated = answered()
if repeated then return repeated end
local status = get('status')
if not status then return 'unknown' end
if is_terminal(status) then return 'ended' end
if status == 'running' then
  set('cancel', 1)
  return answer('requested')
end
remove_tickets(args.edit_id)
redis.call('DEL', JOB)
cancel()
return answer('canceled')
"""
