package text

import (
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

func TestEncodedWordsAreDecoded(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain",
		// RFC 2047, 8.
		"=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>": "Keith Moore <moore@cs.utk.edu>",
		"=?ISO-8859-1?Q?Andr=E9?= Pirard":               "André Pirard",
		"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=": "If you can read this you understand the example.",
		"(=?ISO-8859-1?Q?a?=)":                                  "(a)",
		"(=?ISO-8859-1?Q?a?= b)":                                "(a b)",
		"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)":               "(ab)",
		"(=?ISO-8859-1?Q?a_?= =?ISO-8859-2?Q?_b?=)":             "(a  b)",
		"=?iso-2022-jp?B?GyRCNUFMMxsoQg==?= x":                  "義務 x",
		"=?KOI8-R?B?8NLJ18XU?=":                                 "Привет",
		"=?utf-8?q?=f0=9f=98?= =?UTF-8?Q?=80?=":                 "😀", // one character in two words
		"=?iso-2022-jp?B?GyRCNQ==?= =?iso-2022-jp?B?QUwzGyhC?=": "義務",
		"=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=":                        "Grüße",
		"=?utf-7?Q?+AOk-?=":                                     "é",
		"=?utf-8?B?w6Q?=":                                       "ä", // padding is missing
		"=?utf-8?Q?a b?=":                                       "a b",
		"=?utf-8?Q?=E2=80=AEx?=":                                "\u202ex", // inert only in ui/view
		"a=?utf-8?q?b?=c":                                       "abc",
		"=?=?utf-8?q?b?=":                                       "=?b",
	} {
		if got, err := Words(in); got != want || err != nil {
			t.Errorf("Words(%q) = %q, %v", in, got, err)
		}
	}
}

func TestBrokenWordsStayAsTheyAre(t *testing.T) {
	for in, want := range map[string]struct{ text, what string }{
		"=?x-none?Q?a?= =?utf-8?Q?=C3=A4?=": {"=?x-none?Q?a?=ä", `unknown charset "x-none"`},
		"=?utf-8?Q?=C3?= ä":                 {"=?utf-8?Q?=C3?= ä", "not in the charset"},
		"=?utf-8?Q?=G1?=":                   {"=?utf-8?Q?=G1?=", "hexadecimal"},
		"=?utf-8?Q?a=?=":                    {"=?utf-8?Q?a=?=", "hexadecimal"},
		"=?utf-8?B?!?=":                     {"=?utf-8?B?!?=", "not base64"},
		"=?utf-8?X?a?=":                     {"=?utf-8?X?a?=", `unknown encoding "X"`},
		"=?utf-8?Q?a":                       {"=?utf-8?Q?a", "ends the encoded word"},
		"=?euc-kr?B?/w==?=":                 {"=?euc-kr?B?/w==?=", "not in the charset"},
	} {
		got, err := Words(in)
		if x, ok := err.(*Error); got != want.text || !ok || !strings.Contains(x.What, want.what) || x.Off > len(in) {
			t.Errorf("Words(%q) = %q, %v", in, got, err)
		}
	}
	long := "=?utf-8?Q?a?=" + strings.Repeat("x", MaxText)
	if got, err := Words(long); got != long || err == nil {
		t.Error("a text without bound is decoded")
	}
}

// TestEveryCharsetIsDecoded decodes a word in each charset that x/text has a name for.
func TestEveryCharsetIsDecoded(t *testing.T) {
	for name, x := range map[string]struct {
		e    encoding.Encoding
		text string
	}{
		"iso-2022-jp": {japanese.ISO2022JP, "日本語"}, "shift_jis": {japanese.ShiftJIS, "日本語"}, "euc-jp": {japanese.EUCJP, "日本語"},
		"euc-kr": {korean.EUCKR, "한국어"}, "ks_c_5601-1987": {korean.EUCKR, "한국어"},
		"gb2312": {simplifiedchinese.GBK, "中文"}, "gbk": {simplifiedchinese.GBK, "中文"}, "gb18030": {simplifiedchinese.GB18030, "中文"},
		"hz-gb-2312": {simplifiedchinese.HZGB2312, "中文"}, "big5": {traditionalchinese.Big5, "中文"},
		"koi8-r": {charmap.KOI8R, "Привет"}, "koi8-u": {charmap.KOI8U, "Київ"}, "windows-1251": {charmap.Windows1251, "Привет"},
		"cp1252": {charmap.Windows1252, "Grüße"}, "iso-8859-15": {charmap.ISO8859_15, "€"}, "iso-8859-8-i": {charmap.ISO8859_8I, "שלום"},
		"windows-874": {charmap.Windows874, "ไทย"}, "macintosh": {charmap.Macintosh, "é"}, "ibm866": {charmap.CodePage866, "Привет"},
		"ibm850": {charmap.CodePage850, "é"}, "ibm437": {charmap.CodePage437, "é"}, "x-mac-cyrillic": {charmap.MacintoshCyrillic, "Привет"},
		"utf-16be": {unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "日本語"},
		"utf-16le": {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "日本語"},
	} {
		b, err := x.e.NewEncoder().String(x.text)
		if err != nil {
			t.Fatal(name, err)
		}
		word := mime.BEncoding.Encode(name, b)
		if !strings.HasPrefix(word, "=?") { // it is ASCII, as HZ is
			word = "=?" + name + "?Q?" + b + "?="
		}
		if got, err := Words(strings.ReplaceAll(word, "=?= =?", "=?= =?")); got != x.text || err != nil {
			t.Errorf("%s: %s: %q, %v", name, word, got, err)
		}
	}
	for _, name := range []string{"x-unknown", "replacement", "iso-2022-kr", strings.Repeat("x", 100)} {
		if charsetOf(name) != nil {
			t.Errorf("%s is known", name)
		}
	}
}

// TestWordsAgreesWithMime compares with the decoder of Go for what both decode.
func TestWordsAgreesWithMime(t *testing.T) {
	d := mime.WordDecoder{}
	for _, s := range []string{"Grüße", "日本語のとても長い件名で、二つ以上の語に分かれるもの", "a", "ä ö"} {
		for _, e := range []mime.WordEncoder{mime.QEncoding, mime.BEncoding} {
			in := e.Encode("utf-8", s)
			want, err := d.DecodeHeader(in)
			if got, err2 := Words(in); err != nil || err2 != nil || got != want || got != s {
				t.Errorf("%s: %q, %q", in, got, want)
			}
		}
	}
}

// FuzzWords checks that nothing is made of nothing: what has no encoded word is
// unchanged, what does not fail is no longer than its bytes allow, and decoding does not
// depend on what surrounds a word.
func FuzzWords(f *testing.F) {
	for _, s := range []string{
		"=?iso-2022-jp?B?GyRCNUFMMxsoQg==?= x", "=?utf-8?q?=f0=9f=98?= =?UTF-8?Q?=80?=", "=?utf-7?Q?+AOk-?=",
		"=?x?Q?=?=", "=?utf-8?B?!?= =?", "=?utf-8*de?Q?a?=", "=?=?=?=?q?=?=", "=?hz-gb-2312?Q?~{VPND~}?=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Words(s)
		if !strings.Contains(s, "=?") && (got != s || err != nil) {
			t.Fatalf("%q: %q, %v", s, got, err)
		}
		if err != nil {
			if x := err.(*Error); x.Off < 0 || x.Off > len(s) {
				t.Fatalf("%q: %v", s, err)
			}
		}
		if len(got) > 4*len(s)+4 {
			t.Fatalf("%d bytes from %d", len(got), len(s))
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("%q: %q", s, got)
		}
		if again, _ := Words("(" + s + ")"); again != "("+got+")" {
			t.Fatalf("%q: %q, but in parentheses %q", s, got, again)
		}
	})
}

func BenchmarkWords(b *testing.B) {
	const s = "=?iso-2022-jp?B?GyRCNUFMMxsoQg==?= =?ISO-8859-1?Q?Andr=E9?= x"
	b.ReportAllocs()
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		_, _ = Words(s)
	}
}
