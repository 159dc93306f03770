"""Values, texts and headers that are likely to show differences."""
# fmt: off

import json

from wire import PERSON

_NUMBERS = """
0 -0 1 -1 12 123456789012345678901 1.0 -0.0 0.1 1e3 1E+3 1e15 1e16 1.5e16 1e-4 1e-5 0.00012345 1e22 1e400 -1e400
123456789.123456789 5e-324 1.7976931348623157e308 9007199254740993 9007199254740993.0 20000000000 20000000001
-20000000001 2e10 2.0000000001e10 1600000000123 1600000000123456 1600000000123456789 3e20 -3e20
300000000000000000000 300000000000000000001 -300000000000000000001 3.0000000000000001e20 1600000000.0000005
1600000000.123456789 0.0000005 0.0000015 -0.0000005
""".split()
_NESTED = """{} [] [1] {"a":1} [[[["a"]]]] {"a":{"platform":"PSN"}} ["PSN"] [null]""".split()
_ESCAPED = r"""
"\u0050SN" "\u00e9" "\ud83d\ude00" "\uD83D\uDE00" "\u0000" "\/" "\b\f\n\r\t" "\u0031" "\u0020\u0031" "\u0663"
""".split()
_TEXTS = [
    "", " ", "a", "PSN", "psn", "Steam", "PSN ", "é", "e\u0301", "😀", "\0", "a\0b", "/", "\\", '"', "\x7f", "\x85",
    "\ufeff", "\uffff", "\u202eabc", "👩\u200d👩\u200d👧", "\U0010ffff", "ﬀ", "ß", "ı", "\u0301", "x" * 256, "é" * 257,
    "😀" * 2048, "e\u0301" * 1025, "nan", "-nan", "+NaN", "inf", "-inf", "Infinity", "-infinity", "infinit", "1e400",
    "1_000", "1__0", "_1", "1_", " 12 ", "12\n", "1.", ".5", "+5", "-5", "--5", "0x10", "1e1_0", "1_.5", "1._5", "1e",
    "1e+", "1 0", "1600000000123", "20000000001", "3e20", "-3.1e20", "\u20031\u2003", "\x1c1\x1f", "\u20031\x1f",
    "1\x00", "\ufeff1", "\x851\xa0", "½", "²", "1٫5", "٣", "１２", "−1",
]
VALUES = ["null", "true", "false", "NaN", "Infinity", "-Infinity", *_NUMBERS, *_NESTED, *_ESCAPED]
VALUES += [json.dumps(text, ensure_ascii=False) for text in _TEXTS]

BOOLEANS = r"""
"on" "off" "t" "f" "true" "false" "y" "n" "yes" "no" "1" "0" "ON" "oFf" "T" "F" "tRUE" "False" "Y" "N" "yEs" "NO" "True"
"true " " true" "\n1" "1.0" "0.0" "00" "01" "2" "-0" "+1" "tru" "yess" "o" "ja" "o\u006E" "\u0031" "tr\u00fce" "nº" "ｙ"
"ﬀ" "oﬀ" "ſ" "falſe" "yeſ" "\uff54rue" "١" "1\u0000" "null" "None" "[]" 2 10 -1 1e0 10e-1 0e5 -0e0 0.0e-9 1E+0 0.1e1 0.5
1.5 -1.0 1.0000000000000001 1.00000000000000001 0.99999999999999999 0.9999999999999999 1e-400 -1e-400 1e-323 1e308
100000000000000000000000 18446744073709551616 18446744073709551617 9223372036854775808 4294967297 [0] [true] [[]]
{"a":true} [false,true]
""".split()
FORMS = [
    "grant_type=client_credentials", "", "&", "&&", "=", "==", "grant_type", "grant_type=", "grant_type&",
    "grant_type=&", "grant_type==client_credentials", "grant_type=client_credentials&",
    "&grant_type=client_credentials", "grant_type=client_credentials=", "grant_type=client_credentials&grant_type=",
    "grant_type=x&grant_type=client_credentials", "grant_type=&grant_type=client_credentials",
    "grant_type=client_credentials&grant_type=x", "Grant_type=client_credentials",
    "grant_type=client_credentials&grant_type", "grant_type=client_credentials&x", "x=grant_type=client_credentials",
    "grant%5Ftype=client%5fcredentials", "%67rant_type=%63lient_credentials", "grant_type=client+credentials",
    "grant_type=+", "grant_type=%20client_credentials", "+grant_type=client_credentials",
    "grant_type=client_credentials+", "grant_type=%", "grant_type=%5", "grant_type=client%5Gcredentials",
    "grant_type=%zz", "grant_type=%00", "grant_type=\0", "grant_type=\n", "grant_type=client_credentials\r\n",
    "grant_type=client_credentials\n", "grant_type=client_credentials;x=1", "x=1;grant_type=client_credentials", ";",
    "a=%26grant_type=client_credentials", "grant_type%3Dclient_credentials", "grant_type=client_credentials%26x=1",
    "grant_type=%C3%A9", "grant_type=\xc3\xa9", "grant_type=%u0061", "grant_type=%ff", "grant_type=\xff",
    "%ff=1&grant_type=client_credentials", "\xff=1&grant_type=client_credentials", "x=%ff",
    "grant_type=%ff&grant_type=client_credentials", "grant_type=client_credentials&grant_type=%ff",
    "grant_type=%ED%A0%BD", "grant_type=%EF%BB%BF", "grant_type[]=client_credentials", "grant_type.x=1",
    "grant_type='client_credentials'", '"grant_type"="client_credentials"', '{"grant_type":"client_credentials"}',
    "__pydantic_self__=1", "grant_type=%252", "&" * 999 + "grant_type=client_credentials",
    "x=1&" * 999 + "grant_type=client_credentials", "grant_type=" + "a" * 60000, "grant_type=" + "%61" * 20000,
]

UUIDS = [
    PERSON, PERSON.upper(), PERSON.replace("-", ""), "{" + PERSON + "}", "{{" + PERSON, "}" + PERSON + "{",
    "urn:uuid:" + PERSON, "uuid:urn:" + PERSON, "URN:UUID:" + PERSON, "urn:" * 9 + PERSON, "u" + PERSON, PERSON[:-1],
    PERSON + "0", PERSON + "\n", PERSON + "\0", "", "x", "-" * 32, "0" * 32, "f" * 32, "g" * 32, "é" * 32, "٣" * 32,
    "0x" + "a" * 30, "0X_" + "a" * 29, "0x__" + "a" * 28, "0b" + "1" * 30, "0o" + "1" * 30, "0x" * 16, "+0x" + "a" * 29,
    "0x+" + "a" * 29, "+" + "a" * 31, "++" + "a" * 30, " " + "a" * 31, "a" * 31 + "\n", "\u2003" + "a" * 31,
    "\x85" + "a" * 31, "a" * 31 + "\x1f", "a_a" + "a" * 29, "a__a" + "a" * 28, "_" + "a" * 31, "a" * 31 + "_",
    "1-2-3-4-" + "5" * 28, "a" * 16 + "-" * 9 + "a" * 16, ".", "..", "%", "%20", "a?b", "a#b", "a;b", "a\0", "\uffff",
]
TIMES = [
    "2020-01-01T00:00:00Z", "2020-01-01 00:00:00Z", "2020-01-01T00:00Z", "2020-1-1T1:2:3Z", "2020-01-01", "2020",
    "2020-01-01T00:00:00", "2020-01-01T00:00:00.1Z", "2020-01-01T00:00:00.123456789012Z", "2020-01-01T00:00:00.Z",
    "2020-01-01T00:00:00.1234567890123Z", "2020-01-01T00:00:00+02", "2020-01-01T00:00:00+0200",
    "2020-01-01T00:00:00-02:30", "2020-01-01T00:00:00+22:99", "2020-01-01T00:00:00+23:59", "2020-01-01T00:00:00+23:60",
    "2020-01-01T00:00:00-24:00", "2020-01-01T00:00:00+2", "2020-02-29T00:00Z", "2019-02-29T00:00Z", "2100-02-29T00:00Z",
    "0000-01-01T00:00Z", "0001-01-01T00:00Z", "0001-01-01T00:00+01:00", "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59.999999", "2020-13-01T00:00Z", "2020-00-01T00:00Z",
    "2020-01-32T00:00Z", "2020-01-00T00:00Z", "2020-01-01T24:00Z", "2020-01-01T23:60Z", "2020-01-01T23:59:60Z",
    "2020-01-01t00:00Z", "2020-01-01T00:00z", "2020-01-01T00:00Z\n", "2020-01-01T00:00\n", "2020-01-01T00:00Z\n\n",
    " 2020-01-01T00:00Z", "2020-01-01T00:00Z ", "2020-01-01  00:00Z", "20200101T000000Z", "1969-12-31T23:59:59.5Z",
    "2020-01-01T00:00:00.000001+00:00", "-2020-01-01T00:00Z", "12020-01-01T00:00Z", "2020-01-01T00:00:00,5Z",
    "2020-01-01T00:00:0Z", "2020-001-01T00:00Z", "2020-01-01T000:00Z", "2020-W01-1T00:00Z", "2020-01-01T00:00:00+02:",
    "2020-01-01T00:00:00+02:0", "2020-01-01T00:00:00 +02:00", "2020-01-01T00Z", "2020-01-01T00:00:00-00:00",
    "2020-01-01T00:00:00−02:00", "2020-01-01T00:00:00Zé", "٢٠٢٠-01-01T00:00Z", "2020-01-01T00:0٠", "now",
    "Wed, 01 Jan 2020 00:00:00 GMT",
]
JSON_TEXTS = [
    *r"""
{ } [ ] , : " "" [, [] [1 [1, [1,] [1,2 [1 2] {"a" {"a": {"a":1 {"a":1, {"a":1,} {"a":1,,} {"a" 1} {a:1} {'a':1} {1:2}
{"a":} nul null null1 nulll nan tru true fals false N I n t f - -- -1 -a +1 01 00 -0 -01 1. .5 1.a 1e 1e+ 1e+a 1E5 1.5e
1.5e- 1.5.5 0x1 1_0 "a "\ "\x" "\u "\u1 "\u12 "\u123 "\u1234 "\u1234" "\u123g" "\ug" "\u00é0" "\u12345" "\u+123"
"\u1_23" "\ud83d\ude00" "\ud83d\ude0" "\ud83d\ude00 "\ud83d\uzzzz" "\ud83d\u "\ud83d\ud83d\ude00" "\é" é {é
{"é":é} ["é",é] "é 1é [1é] "a"b {}{} [][] []] {}} {"a":1}x [1}] {"a":1] [[] [[[ {"a":[1,{"b":2,}]} /**/ //x \ufeff
"a"1 [1,"] {"a":"} {"a"} [NaN [1NaN] {NaN:1} [-Infinity,] [Infinity1] [-NaN] [-I] [-Infinit]
""".split(),
    "", " ", "\n\t\r ", " {", "{ ", "[ ", "[1 ", "[1, ", '{"a" ', '{"a" : ', '{"a" : 1 ', '{"a" : 1 , ', " {} ",
    " [] x", '{"a" : 1 , }', '"\\u 123"', '"\t"', '"\n"', '"a\x1f"', '"\x7f"', '"é\t"', "\x0b{}", "\xa0{}", "{}\x0c",
    "\u2028", '"\u2028"', "[\x00]", '"\\\n"', '"\\', "nul l", "tr ue", "- 1", "\ufeff", "\ufeff ", "\ufeff{}",
    "\ufeff{", "{\ufeff}", "\ufeff\ufeff{}", "😀", '["😀",😀]', "\x00", '"\0"', "1\0", "\0\0\0{", "[" * 64 + "]" * 64,
    "[" * 65 + "]" * 65, "[" * 65, '[{"a":' * 40, '["[[[[[["' * 64, "1" * 4300, "1" * 4301, "[-" + "1" * 4301,
    "1" * 4301 + ".0", "1" * 4301 + "e1", "1" * 4301 + ".", "0." + "1" * 9999, "[" + "1," * 9999 + "1]",
    '"' + "a" * 60000 + '"',
]
DICTIONARIES = r"""
"" "a" "ab" "abc" [""] ["a"] ["ab"] ["abc"] ["éé"] ["😀é"] [[]] [[1]] [[1,2]] [["a",1]] [["a",1],["a",2]] [["a",1,2]]
[["platform","PSN"],["platform_user_id",7]] [[null,1]] [[true,1]] [[1.5,1]] [[[],1]] [[{},1]] [{}] [{"a":1}]
[{"a":1,"b":2}] [{"a":1,"b":2,"c":3}] [{"platform":1,"PSN":2}] [{"PSN":1,"platform":2}] [{"a":1,"a":2}] [1] [null]
[{"platform":1,"PSN":2,"platform":3}] [true] [["a",1],1] [["a",1],[1,2]] [[1,2],["a"]] [[1,2],3] 1 0 true false null
1.5 [["platform","PSN"],"ab",{"platform_user_id":0,"x":1}] [["platform",null]] [["suggested_purge_time",1]] {"":1}
[["person_id","x"]] {"platform":"PSN","platform":"x","platform_user_id":1} {"Platform":"PSN"} {"body":{}}
{"platform":"x","platform":"PSN","platform_user_id":1} {"plat\u0066orm":"PSN","platform_user_id":"\u0061\n\"\\"}
{"platform\u0000":"PSN"} {"платформа":"PSN"} {"platform":"PSN","platform_user_id":"1","self":1,"cls":2,"__root__":4}
{"__pydantic_self__":1,"suggested_purge_time":"2020-01-01T00:00"} [["__pydantic_self__",[]],["platform",1]]
[[1,2],["__pydantic_self__",3]]
""".split()
CONTENT_TYPES = [
    None, "", "application/json", "application/json; charset=utf-8", "application/json; charset=utf-16",
    "APPLICATION/JSON", " application/json ", "application/vnd.api+json", "application/+json", "application/jsonx",
    "application/xjson", "text/json", "text/plain", "json", "application", "application/", "/json", "/",
    "application/json/x", "application/x/y+json", "application /json", "application/ json", "application/json ;x",
    ";application/json", "application/json,application/json", "application/x-www-form-urlencoded", "*/*",
    "multipart/form-data; boundary=x", "image/svg+json", "application/json+xml", "application/a+JSON",
    "application/*+json", "application/json;", "application/json\t;x", '"application/json"', "application+json",
    "application/json(comment)", 'application/json; x="a;b"', "application/octet-stream",
    "\xa0application/json", "application/json\x85;x", "application/json; x=é", "é", "application/jsoñ",
]
