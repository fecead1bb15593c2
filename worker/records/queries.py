"""The Lua scripts that only look, and those about pictures and the words found in them."""

from worker.records import values

GET = """
local state = redis.call('HGETALL', EDIT)
if #state == 0 or get('status') ~= 'queued' then return {state, '', ''} end
local position = position_of(get('priority'), args.edit_id)
return {state, tostring(position), eta_s(position)}
"""

IS_CANCEL_REQUESTED = "return get('cancel') and 1 or 0"

EVENTS = "return redis.call('XRANGE', EVENTS, string.format('%.0f-0', args.after + 1), '+')"

STRANDED = """
local waiting = {}
for _, list in ipairs({INTERACTIVE, BATCH}) do
  for _, id in ipairs(redis.call('LRANGE', list, 0, -1)) do waiting[id] = true end
end
local stranded = {}
for _, id in ipairs(redis.call('ZRANGE', QUEUED, 0, -1)) do
  if not waiting[id] then stranded[#stranded + 1] = id end
end
return stranded
"""

EXPIRED = f"""
local watched_ms = tonumber(redis.call('GET', WATCHED) or 0)
redis.call('SET', WATCHED, whole(now_ms))
if now_ms - watched_ms > {values.WATCH_GAP_S * 1000:.0f} then
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', RUNNING, '-inf', whole(now_ms + args.lease_ms))) do
    redis.call('ZADD', RUNNING, whole(now_ms + args.lease_ms), name)
  end
end
return redis.call('ZRANGEBYSCORE', RUNNING, '-inf', whole(now_ms))
"""

QUEUE = """
local oldest = redis.call('ZRANGE', QUEUED, 0, 0, 'WITHSCORES')
local age_ms = oldest[2] and math.max(0, now_ms - tonumber(oldest[2])) or 0
return {redis.call('ZCARD', QUEUED), redis.call('ZCARD', RUNNING), whole(age_ms), redis.call('LLEN', INTERACTIVE),
        redis.call('LLEN', BATCH), redis.call('SCARD', WORKERS)}
"""

STATS = "return redis.call('HGETALL', STATS)"

PING = "return redis.call('PING')"

SAVE_IMAGE = """
redis.call('HSET', IMAGE, 'info', args.info)
redis.call('EXPIRE', IMAGE, args.retention_s)
return 1
"""

GET_IMAGE = "return redis.call('HGET', IMAGE, 'info')"

DELETE_IMAGE = "return redis.call('DEL', IMAGE, DETECT)"

SAVE_MASK = "return redis.call('SET', MASK, args.info, 'EX', args.retention_s)"

GET_MASK = "return redis.call('GET', MASK)"

REQUEST_DETECT = """
if redis.call('EXISTS', IMAGE) == 0 then return 'unknown' end
if redis.call('HEXISTS', IMAGE, 'regions') == 1 then return 'done' end
if redis.call('EXISTS', DETECT) == 1 or redis.call('LPOS', INTERACTIVE, args.job_id) then return 'pending' end
if redis.call('LLEN', INTERACTIVE) >= args.max_queued then return 'full' end
redis.call('HDEL', IMAGE, 'failure')
redis.call('SET', DETECT, 1, 'EX', args.lease_s)
remove_tickets(args.job_id)
push('interactive', args.job_id, false)
return 'queued'
"""

HOLD_DETECT = "redis.call('SET', DETECT, 1, 'EX', args.lease_s)"

GET_DETECT = "return redis.call('HMGET', IMAGE, 'regions', 'failure')"

SAVE_REGIONS = """
redis.call('DEL', DETECT)
if redis.call('EXISTS', IMAGE) == 0 then return 0 end
redis.call('HDEL', IMAGE, 'failure')
redis.call('HSET', IMAGE, 'regions', args.regions)
redis.call('PUBLISH', args.channel, 'detected')
return 1
"""

FAIL_DETECT = """
redis.call('DEL', DETECT)
if redis.call('EXISTS', IMAGE) == 0 then return 0 end
redis.call('HSET', IMAGE, 'failure', args.failure)
redis.call('PUBLISH', args.channel, 'failed')
return 1
"""
