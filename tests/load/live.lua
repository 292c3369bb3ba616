-- wrk: 50 visitors who move sliders. Every request has values of its own, so no answer can be kept for another.
--   wrk -t2 -c50 -d60s --latency -s tests/load/live.lua http://127.0.0.1:8017

local policies = { "rural-towers", "cheaper-data", "strict-law", "training" }
local layers = { "internet", "facebook", "messaging", "political-expression" }
local made = 0

function setup(thread)
  made = made + 1
  thread:set("seed", made)
end

function init()
  math.randomseed(seed * 7919)
end

function request()
  local policy = policies[math.random(#policies)]
  local body = string.format(
    '{"choice":{"policies":["%s"],"set":{"layer.internet.imitation":%.6f,"layer.internet.discontinuance":%.6f}},"layer":"%s","breakdown":"residence"}',
    policy, 0.9 + 2 * math.random(), 0.01 + 0.05 * math.random(), layers[math.random(#layers)])
  return wrk.format("POST", "/api/v1/scenarios/cambodia/live", { ["Content-Type"] = "application/json" }, body)
end

-- The page asks again only once it has drawn the answer before.
function delay()
  return math.random(30, 70)
end

-- In `response` the counts of a thread; in `done` those of all.
local threads = {}
function response(status)
  if status ~= 200 then
    bad = (bad or 0) + 1
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("requests %d, p50 %.0f ms, p95 %.0f ms, p99 %.0f ms, largest %.0f ms\n", summary.requests,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
  io.write(string.format("errors: connect %d, read %d, write %d, status %d, timeout %d\n", errors.connect, errors.read,
    errors.write, errors.status, errors.timeout))
end
