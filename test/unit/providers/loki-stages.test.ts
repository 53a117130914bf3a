import { describe, expect, it } from 'vitest';

import { problemOfSelector, problemOfStages } from '#providers/loki/stages.ts';

describe('stages of a caller', () => {
  it.each([
    ['|= "timeout"'],
    ['!= "a" or "b" |~ `c|d` !~ "e"'],
    ['|> "<_>level=error<_>" !> `<_>x`'],
    ['|= ip("10.0.0.0/8")'],
    ['| json | status >= 500'],
    ['| json code="response.status", path | path="/pay"'],
    ['| logfmt --strict --keep-empty | level="error" or (level=~"warn|fatal" and team!="a")'],
    ['| pattern "<ip> - <_>" != "x" | duration > 1.5s, size <= 20KB'],
    ['| regexp "(?P<code>\\d+)" | code == 5 | addr = ip("10.0.0.1") | __error__=""'],
    ['| unpack | decolorize'],
    ['| temperature > -5'],
    ['| json\n| drop_reason="full" | keep="yes"'],
    ['|= "| line_format \'x\' {b} [c] (d # e"'],
  ])('may be %j, which filters or parses', (stages) => {
    expect(problemOfStages(stages)).toBeUndefined();
  });

  it.each([
    ['| line_format "{{ .password | b64enc }}"', '"line_format" is no stage'],
    ['|= "a" | label_format a=b', '"label_format" is no stage'],
    ['| json | drop password', '"drop" is no stage'],
    ['| json trace_id="password"', 'must not extract'],
    ['| regexp "password=(?P<trace_id>.+)"', 'must not extract'],
    ['| pattern "token <service>"', 'must not extract'],
    ['| keep app, level="x"', '"keep" is no stage'],
    ['| json | unwrap bytes', '"unwrap" is no stage'],
    ['| distinct app', '"distinct" is no stage'],
    ['| json line_format "x"\n| line_format "x"', '"line_format" is no stage'],
    ['|= "a" || drop a', 'is no stage'],
    ['| (drop a)', '"drop"'],
    ['| status >= 500 or vector(1)', '"vector"'],
    ['| json or vector(1)', '"or"'],
    ['| a > 1 - 1', '"-"'],
    ['| json --unsafe', '"--unsafe"'],
    ['| json // "', 'not closed'],
    ['| json /* "a" */', '"/"'],
    ['| json |', 'missing'],
    [`| drop '"' [5m])) or sum(count_over_time({ns="x"} | drop '"'`, 'double quotes or backticks'],
    [`|= 'a'`, 'double quotes or backticks'],
    ['|= "a\\\n"', 'not closed'],
  ])('may not be %j', (stages, why) => {
    expect(problemOfStages(stages)).toContain(why);
  });
});

it('refuses a selector with a character literal, in which a quote is no string', () => {
  expect(problemOfSelector(`{app='"'}`)).toContain('double quotes');
  expect(problemOfSelector(`{app="it's"}`)).toBeUndefined();
});
