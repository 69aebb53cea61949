"""Writes Tests/TemplatesTests/Cases: what Jinja, as transformers sets it, makes of templates.

Small templates for each construct; and templates in the manner of chat models' own, written for this
purpose, rendered for each of the conversations as `apply_chat_template` does.
"""
import datetime
import json
import pathlib

import transformers.utils.chat_template_utils as templates

OUT = pathlib.Path(__file__).parents[2] / "TemplatesTests" / "Cases"
NOW = datetime.datetime(2024, 7, 4, 9, 5, 3)


class Frozen(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


templates.datetime = Frozen

VALUES = {
    "a": "apple", "n": 7, "x": 2.5, "t": True, "f": False, "z": None, "e": "", "l": [3, 1, 2],
    "s": "  Straße Ünïcode 中文 e\u0301 \u0085", "q": "it's \"so\"\n\tfine\\",
    "d": {"k": 1, "items": "own", "two words": [1, {"deep": "x"}]},
    "m": [{"role": "user", "content": "Hi", "n": 2}, {"role": "assistant", "content": "Yo", "n": 1},
          {"role": "User", "content": None, "n": 3}],
    "w": ["b", "A", "a", "C", "B"], "code": "one\n\ntwo\r\nthree", "big": 1e20, "small": 1.5e-7,
    "thought": "<think>\nhm\n</think>\n\nAnswer", "deep": {"a": {"b": [10, 20]}},
}

SMALL = r"""
{{ a }}|{{ n }}|{{ x }}|{{ t }}|{{ f }}|{{ z }}|{{ e }}|{{ l }}|{{ missing }}
{{ [1, 'a', 2.0, none, true, [], {}, (1,), (), (1, 2)] }}
{{ d }}{{ m }}
{{ q }}|{{ [q, s, "a'b", 'a"b', "\x07\xa0\u200b"] }}
{{ big }} {{ small }} {{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 100.0 }} {{ -0.5 }} {{ 123456789.125 }}
{{ 1_000 }} {{ 1_0.5_0 }} {{ 2e3 }} {{ 2E-3 }} {{ 0 }} {{ 00 }}
{{ 'a\n\t\\\'\"\x41\u00e9\101\q' }}|{{ "two" 'strings' }}
{{ 7 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** 10 }} {{ 2 ** 3 ** 2 }} {{ 7.5 // 2 }} {{ 7.5 % 2 }} {{ -n }} {{ +n }} {{ - x }}
{{ 1 + 2 * 3 - 4 }} {{ (1 + 2) * 3 }} {{ 'a' + 'b' }} {{ 'ab' * 2 }} {{ 2 * 'ab' }} {{ [1] + [2] }} {{ [1, 2] * 2 }} {{ true + 1 }} {{ 1 + 2.0 }}
{{ 'a' ~ 1 ~ none ~ missing ~ 2.0 ~ true }} {{ 1 ~ 2 + 3 if f else 1 ~ 2 }}
{{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' == 'a' }} {{ [1] == [1.0] }} {{ (1,) == [1] }} {{ {'a': 1} == {'a': 1} }} {{ none == false }} {{ missing == none }} {{ missing == missing }}
{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 'a' < 'b' }} {{ 'Z' < 'a' }} {{ [1, 2] < [1, 3] }} {{ 2 >= 2 }} {{ 2 != 3 }} {{ x > 2 }}
{{ 'pp' in a }} {{ 3 in l }} {{ 'k' in d }} {{ 'x' not in a }} {{ not 3 in l }} {{ '' in a }} {{ 'a' in missing }} {{ 'k' in d.keys() }}
{{ a and n }} {{ e or 'x' }} {{ not e }} {{ z and 1 }} {{ not z and t }} {{ f or z or 0 }} {{ not not a }}
{{ 'y' if t }}|{{ 'y' if f }}|{{ 'y' if f else 'n' }}|{{ 'a' if f else 'b' if f else 'c' }}
{{ l[0] }} {{ l[-1] }} {{ l[9] }} {{ l[1:] }} {{ l[:-1] }} {{ l[::-1] }} {{ l[::2] }} {{ l[5:] }} {{ l[-9:2] }} {{ l[2:0:-1] }} {{ a[1:3] }} {{ a[::-1] }} {{ a[0] }} {{ a[-1] }} {{ s[2:6] }} {{ l[none:1] }}
{{ d.k }} {{ d['k'] }} {{ d['items'] }} {{ d.items is callable }} {{ d['two words'][1].deep }} {{ d.nope }} {{ d['nope'] }} {{ n.foo }} {{ a.foo }} {{ l.foo }} {{ deep.a.b.1 }} {{ deep['a']['b'][0] }} {{ z.foo }}
{{ d.get('k') }} {{ d.get('no') }} {{ d.get('no', 5) }} {{ d.keys() | list }} {{ d.values() | list }} {% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}
{{ a.upper() }} {{ 'AÉß'.lower() }} {{ 'straße'.upper() }} {{ 'hELLO wORLD it\'s'.title() }} {{ 'hELLO World'.capitalize() }} {{ 'ΑΣ ΣΑ'.lower() }}
{{ '  a '.strip() }}| {{ '  a '.lstrip() }}| {{ '  a '.rstrip() }}| {{ 'xxaxx'.strip('x') }} {{ 'abcba'.lstrip('ab') }} {{ s.strip() }} {{ '\n\na\n'.strip('\n') }} {{ 'aXb'.rstrip('bX') }}
{{ 'a,b,c'.split(',') }} {{ ' a  b c '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ ' a  b c '.split(none, 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ ''.split() }} {{ ''.split(',') }} {{ 'a\nb\r\nc\n'.splitlines() }} {{ 'a-b-c'.partition('-') }} {{ 'a-b-c'.rpartition('-') }} {{ 'abc'.partition('-') }}
{{ a.startswith('ap') }} {{ a.endswith('le') }} {{ a.startswith(('x', 'a')) }} {{ a.find('p') }} {{ a.rfind('p') }} {{ a.find('z') }} {{ 'aaa'.rfind('aa') }} {{ a.count('p') }} {{ a.index('l') }} {{ ''.count('') }} {{ s.find('中') }}
{{ a.replace('p', 'b') }} {{ a.replace('p', 'b', 1) }} {{ a.replace('', '-') }} {{ a.removeprefix('ap') }} {{ a.removesuffix('le') }} {{ a.removeprefix('zz') }} {{ ', '.join(['a', 'b']) }} {{ '-'.join('abc') }}
{{ '12'.isdigit() }} {{ 'a1'.isalnum() }} {{ 'ab'.isalpha() }} {{ ' '.isspace() }} {{ ''.isspace() }} {{ 'AB1'.isupper() }} {{ 'ab'.islower() }} {{ '1'.islower() }}
{{ thought.split('</think>')[-1].lstrip('\n') }}|{{ thought.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') }}
{{ a | upper }} {{ a | capitalize }} {{ 'foo bar-baz (qux) it\'s' | title }} {{ '  x ' | trim }}| {{ 'xxaxx' | trim('x') }} {{ a | length }} {{ l | length }} {{ d | count }} {{ missing | length }} {{ s | length }}
{{ missing | default('d') }} {{ e | default('d') }} {{ e | default('d', true) }} {{ z | default('d') }} {{ z | default('d', boolean=true) }} {{ missing | d }}| {{ missing | default(default_value=3) }}
{{ l | first }} {{ l | last }} {{ a | first }} {{ a | last }} {{ [] | first }}| {{ d | first }} {{ l | join(', ') }} {{ l | join }} {{ m | join('/', attribute='role') }} {{ l | list }} {{ 'ab' | list }}
{{ l | sort }} {{ l | sort(reverse=true) }} {{ w | sort }} {{ w | sort(case_sensitive=true) }} {{ m | sort(attribute='n') | map(attribute='n') | list }} {{ l | min }} {{ l | max }} {{ l | sum }} {{ m | sum(attribute='n') }} {{ w | unique | list }} {{ d | dictsort | first }} {{ {'b': 1, 'A': 2} | dictsort }}
{{ l | reverse | list }} {{ a | reverse }} {{ m | map(attribute='role') | list }} {{ m | map(attribute='nope', default='x') | join }} {{ ['a', 'b'] | map('upper') | join(',') }} {{ ['1', 'x'] | map('int', default=5) | list }}
{{ m | selectattr('role', 'equalto', 'user') | list | length }} {{ m | selectattr('content') | map(attribute='content') | list }} {{ m | rejectattr('role', 'eq', 'user') | map(attribute='role') | list }} {{ l | select('odd') | list }} {{ l | reject('gt', 1) | list }} {{ [0, 1, '', 'a'] | select | list }} {{ m | selectattr('content', 'none') | list | length }} {{ 'y' if m | selectattr('role', 'equalto', 'nobody') else 'n' }} {{ (m | selectattr('role', 'in', ['user', 'User']) | first).n }}
{{ d | items | list }} {{ d | tojson }} {{ m | tojson }} {{ q | tojson }} {{ s | tojson }} {{ s | tojson(ensure_ascii=true) }}
{{ d | tojson(indent=2) }}{{ [] | tojson(indent=2) }}{{ {} | tojson(indent=4) }}{{ m[0] | tojson(separators=(',', ':')) }}{{ {'b': 1, 'a': [1, 2]} | tojson(sort_keys=true, indent=1) }}
{{ [1.0, 1e20, 1.5, true, none] | tojson }} {{ {1: 'a', none: 2, true: 3} | tojson }}
{{ '3' | int }} {{ '3.9' | int }} {{ 'x' | int }} {{ 'x' | int(-1) }} {{ 3.9 | int }} {{ -3.9 | int }} {{ ' 4 ' | int }} {{ '2.5' | float }} {{ 'x' | float }} {{ 3 | float }} {{ 3 | string }} {{ l | string }} {{ -3 | abs }} {{ (-3) | abs }} {{ 2.5 | round }} {{ 3.5 | round }} {{ true | int }}
{{ code | indent }}|{{ code | indent(2, true) }}|{{ code | indent(2, blank=true) }}|{{ code | indent('>') }}
{{ a | replace('p', 'q') }} {{ a | replace('p', 'q', 1) }} {{ 5 | replace(5, 6) }}
{{ a | upper | lower | replace('a', 'b') ~ 'c' }} {{ (a ~ 'b') | upper }} {{ 'a' ~ 'b' | upper }} {{ -1 | string }}
{{ a is string }} {{ n is number }} {{ n is integer }} {{ x is float }} {{ t is boolean }} {{ t is number }} {{ t is integer }} {{ z is none }} {{ d is mapping }} {{ l is sequence }} {{ a is sequence }} {{ d is sequence }} {{ l is iterable }} {{ n is iterable }} {{ a is iterable }} {{ missing is defined }} {{ a is defined }} {{ missing is undefined }} {{ z is not none }} {{ d.k is defined }} {{ d.no is defined }} {{ missing is iterable }} {{ missing is sequence }} {{ t is true }} {{ n is true }} {{ f is false }} {{ 1 is sameas 1 }}
{{ n is odd }} {{ n is even }} {{ n is divisibleby 7 }} {{ n is divisibleby(2) }} {{ n is eq 7 }} {{ n is gt 3 }} {{ 'a' is in ['a'] }} {{ a is lower }} {{ 'A1' is upper }} {{ n is ne(7) }} {{ n is not string and t }} {{ a is equalto 'apple' }} {{ range is callable }}
{% if a %}A{% elif n %}N{% else %}E{% endif %}{% if e %}A{% elif n %}N{% else %}E{% endif %}{% if e %}A{% elif z %}N{% else %}E{% endif %}{% if e %}A{% endif %}
{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('a', 'b') }}{{ loop.changed(i > 1) }}{{ loop.depth }};{% endfor %}
{% for i in [] %}x{% else %}none{% endfor %}{% for i in l if i > 1 %}{{ loop.index }}{{ i }}{% endfor %}{% for i in l if i > 9 %}{{ i }}{% else %}no{% endfor %}{% for c in 'ab' %}{{ c }}-{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for i in missing %}x{% endfor %}
{% for i in l %}{% for j in l %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}{% for (a, b) in [(1, 2), [3, 4]] %}{{ a + b }}{% endfor %}{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}{% for i in range(2, 5) %}{{ i }}{% endfor %}{% for i in range(5, 0, -2) %}{{ i }}{% endfor %}
{% set v = 1 %}{% for i in l %}{% set v = i %}{{ v }}{% endfor %}{{ v }}{% if t %}{% set v = 9 %}{% endif %}{{ v }}
{% set v = 0 %}{% for i in l %}{{ v }}{% set v = v + i %}{{ v }};{% endfor %}{{ v }}
{% set ns = namespace(x=0, found=false) %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.found }}{{ ns.no }}{% set ns.no = 'yes' %}{{ ns.no }}
{% set p, q2 = 1, 2 %}{{ p }}{{ q2 }}{% set r = 1, 2 %}{{ r }}{% set (u, v) = [5, 6] %}{{ u }}{{ v }}
{% set block %}  text {{ n }} more{% endset %}[{{ block }}]{% set up | upper | trim %} x {% endset %}[{{ up }}]
{% macro hello(name, greeting='Hi', mark=greeting ~ '!') %}{{ greeting }} {{ name }}{{ mark }}{% endmacro %}{{ hello('Ann') }}|{{ hello('Bob', 'Yo') }}|{{ hello(greeting='Hm', name='C') }}|{{ hello() }}
{% macro tree(v) %}{% if v is mapping %}{ {% for k, w in v.items() %}{{ k }}:{{ tree(w) }}{% if not loop.last %},{% endif %}{% endfor %} }{% elif v is iterable and v is not string %}[{% for w in v %}{{ tree(w) }} {% endfor %}]{% else %}{{ v }}{% endif %}{% endmacro %}{{ tree(d) }}{{ tree(m) | length }}
{% macro late() %}{{ later }}{% endmacro %}{% set later = 'set after' %}{{ late() }}{{ late() == 'set after' }}
{% macro wrap() %}<{{ caller() }}>{% endmacro %}{% call wrap() %}in{{ n }}side{% endcall %}{% macro each(l) %}{% for i in l %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(i) each(l) %}{{ i * 2 }},{% endcall %}
{% filter upper %}abc{{ a }}{% endfilter %}{% with v = 5, w = 6 %}{{ v }}{{ w }}{% endwith %}{{ v }}{% generation %}gen{% set g = 1 %}{{ g }}{% endgeneration %}{{ g }}
{# comment {{ a }} #}a{#- b -#} c {# d -#} e
{% raw %}{{ a }}{% if %}{% endraw %}|{% raw -%}  x {%- endraw -%}  y
{{ strftime_now('%d %b %Y %B %A %a %H:%M:%S %I %p %j %y %m %% %-d') }}
{{ dict(a=1, b=2) }}{{ dict({'x': 1}, y=2) }}{{ namespace(a=1).a }}
{{ {'a': {'b': 1}}['a']['b'] }}{{ {'a': {}} }}{{ [[1, 2], [3]][0][1] }}{{ {'k': 'v',}['k'] }}{{ [1, 2,] }}
{{- a -}}   b   {{- n }}   {{ n -}}   c
{{ a if a is string and not a is none else 'no' }} {{ l | length > 2 and l[0] == 3 }} {{ (l | length) + 1 }} {{ l | length + 1 }} {{ not l | length == 3 }}
{{ m[0]['role'] == 'user' and m[0].content is string }} {{ m[-1].role }} {{ m[1:][0].role }} {{ m[:1] | length }} {{ m[loop_index0 | default(0)]['n'] }}
{{ s.strip() == 'Straße Ünïcode 中文 e\u0301' }} {{ '\u00e9' == 'e\u0301' }} {{ 'é' | length }} {{ 'e\u0301' | length }} {{ '👨‍👩' | length }} {{ '\r\n' | length }} {{ '👨‍👩'[0] }}
""".strip("\n").split("\n")
# Those with line feeds in them.
LONG = [
    "{% if t %}\n  a\n{% endif %}\nb\n",
    "  {% if t %}\n  a\n  {% endif %}  \n  b\n\n",
    "x {% if t %} y {% endif %} z\n {{ a }} \n  {% set v = 1 %}\n{{ v }}\n",
    "{%- if t -%}\n  a\n{%- endif -%}\n  b",
    "{%+ if t %} a\n   {%+ endif %}\n  c {%- if t +%}\n d{% endif +%}\n e",
    "a\r\nb\r{% if t %}\r\nc{% endif %}\r\n\r\n",
    "  {# c #}\n  {# d #} x\n{#- e #}\n  y {# f -#}\n  z",
    "{% for i in l -%}\n  {{ i }}\n  {%- if not loop.last %}, {% endif %}\n{%- endfor %}\nend",
    "\t{% set x = 1 %}\n\u00a0{% set x = 2 %}\n{{ x }}",
    "{{ a\n}}\n{{\n n }}\n{% set\n v\n =\n 3 %}{{ v }}",
    "{% set body %}\n  one\n  {% for i in l %}\n  {{ i }}\n  {% endfor %}\n{% endset %}\n[{{ body }}]",
    "{% raw %}\n  {{ x }}\n  {% endraw %}\n  y",
    "{% if t %}{# c #}\n{% endif %}{% if t %}\n\n\nx{% endif %}",
    "{% macro m() -%}\n   x\n{%- endmacro %}\n{{ m() }}\n{{- m() -}}\n",
    "{% set v = [\n  1,\n  2\n] %}{{ v }}{{ {\n'a': 1} }}",
]
# Each fails, in Jinja too.
WRONG = {
    "{{ missing.foo }}": "undefined", "{{ missing() }}": "undefined", "{{ missing + 1 }}": "undefined",
    "{{ raise_exception('Roles must alternate') }}": "Roles must alternate",
    "{% if t %}": "endif", "{% endif %}": "statement", "{{ a | nofilter }}": "nofilter",
    "{{ a is notest }}": "notest", "{% nosuch %}": "nosuch", "{{ a": "}}", "{{ (1 }}": ")",
    "{{ 1 + 'a' }}": "'+'", "{{ n() }}": "called", "{{ l.append(1) }}": "append",
    "{{ 1 / 0 }}": "division", "{{ z[1:] }}": "parts", "{{ missing[1:] }}": "undefined", "{{ {} | first }}{{ 'a' < 1 }}": "order", "{{ 'unclosed }}": "'",
    "{{ a.encode('utf8').foo() }}": "encode", "{% set a.b = 1 %}": "namespace",
    "{{ range(1000000) | length }}": "range", "{{ a ? b }}": "'?'", "{{ }}": "expression",
    "{% for a, b in [1] %}{% endfor %}": "elements", "{% set a, b = [1] %}": "values",
    "{{ a.split('') }}": "separator", "{% for x in n %}{% endfor %}": "elements", "{# open": "#}",
    "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}": "arguments",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}": "macros",
    "{{ missing | tojson }}": "undefined", "{{ n | length }}": "length", "{% if %}{% endif %}": "expression",
}
# Jinja does these; here they are refused by name.
REFUSED = {
    "{% include 'x' %}": "include", "{% block b %}{% endblock %}": "block",
    "{% for i in l recursive %}{% endfor %}": "recursive", "{{ '%s' % a }}": "%",
    "{{ a.encode() }}": "encode", "{{ 'x{}'.format(1) }}": "format", "{{ a | urlencode }}": "urlencode",
    "{{ a | safe }}": "safe", "{{ m | groupby('role') }}": "groupby", "{{ 0x10 }}": "number",
    "{{ range(*l) }}": "'*'", "{{ strftime_now('%Z') }}": "%Z", "{% import 'x' as y %}": "import",
    "{{ a is filter }}": "filter", "{{ x | round(1) }}": "round",
}


def conversations():
    user = {"role": "user", "content": "What is 2+2?"}
    answer = {"role": "assistant", "content": "  4 "}
    system = {"role": "system", "content": " Be brief.\n"}
    picture = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is this?"}]}
    two = {"role": "user", "content": [{"type": "text", "text": "Compare "}, {"type": "image"},
                                       {"type": "image"}, {"type": "text", "text": " now"}]}
    said = {"role": "assistant", "content": [{"type": "text", "text": "A cat."}]}
    thought = {"role": "assistant", "content": "<think>\nTwo and two.\n</think>\n\nFour"}
    return {
        "one": [user], "system": [system, user], "turns": [system, user, answer, {"role": "user", "content": "And é 中文?\n"}],
        "thought": [user, thought, user], "two-users": [user, user], "picture": [picture],
        "pictures": [{"role": "system", "content": [{"type": "text", "text": "Look."}]}, two, said, picture],
    }


TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Says <how> it's outside",
          "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]
MANNERS = json.loads((pathlib.Path(__file__).parent / "manners.json").read_text())


def rendered(make):
    try:
        return {"text": make()}
    except Exception as error:  # noqa: BLE001
        return {"error": str(error)}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    small = []
    for template in SMALL + LONG:
        text = templates._compile_jinja_template(template).render(**VALUES)
        small.append({"template": template, "text": text})
    wrong = []
    for template, part in WRONG.items():
        try:
            templates._compile_jinja_template(template).render(**VALUES)
        except Exception:  # noqa: BLE001
            wrong.append({"template": template, "part": part})
        else:
            raise SystemExit(f"Jinja takes {template}")
    for template, part in REFUSED.items():
        wrong.append({"template": template, "part": part})
    chats = []
    tokens = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    for name, template in MANNERS.items():
        template = "\n".join(template)
        cases = []
        for key, messages in conversations().items():
            for prompt in (False, True):
                for tools in (None, TOOLS):
                    if tools and not (key == "turns" and "tools" in template):
                        continue
                    case = rendered(lambda: templates.render_jinja_template(
                        conversations=[messages], chat_template=template, tools=tools,
                        add_generation_prompt=prompt, **tokens)[0][0])
                    cases.append({"conversation": key, "prompt": prompt, "tools": tools is not None, **case})
        chats.append({"name": name, "template": template, "cases": cases})
    write("small.json", {"values": VALUES, "cases": small, "wrong": wrong})
    write("chats.json", {"tokens": tokens, "tools": TOOLS, "conversations": conversations(), "templates": chats})


def write(name, value):
    (OUT / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


main()
