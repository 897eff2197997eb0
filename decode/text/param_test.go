package text

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParameters(t *testing.T) {
	for field, want := range map[string][]Param{
		"attachment": nil,
		// RFC 2231, 3 and 4.
		"message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"": {
			{Name: "access-type", Value: "URL"}, {Name: "url", Value: "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar"}},
		"application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A": {
			{Name: "title", Value: "This is ***fun***", Charset: "us-ascii", Language: "en-us"}},
		"application/x-stuff; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*0*=us-ascii'en'This%20is%20even%20more%20; title*2=\"isn't it!\"": {
			{Name: "title", Value: "This is even more ***fun*** isn't it!", Charset: "us-ascii", Language: "en"}},
		"attachment; filename*=iso-8859-1'de'%DCbersicht.pdf; filename=Uebersicht.pdf": {
			{Name: "filename", Value: "Übersicht.pdf", Charset: "iso-8859-1", Language: "de"}},
		"attachment; filename*0*=utf-8''%E6%97; filename*1*=%A5.txt": { // one character in two parts
			{Name: "filename", Value: "日.txt", Charset: "utf-8"}},
		"attachment; filename=\"=?koi8-r?B?8NLJ18XU?=.doc\"": {{Name: "filename", Value: "Привет.doc"}},
		"attachment; filename=\"a;b\\\"c\"; size=3":          {{Name: "filename", Value: `a;b"c`}, {Name: "size", Value: "3"}},
		"attachment; ;; x; y=":                               {{Name: "y"}},
		"x; *=a; **0=b; a*00=c":                              {{Name: "*", Value: "a"}, {Name: "**0", Value: "b"}, {Name: "a*00", Value: "c"}},
	} {
		_, got := FieldParams(field)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", field, diff)
		}
	}
}

func TestWrongParametersStayAsTheyAre(t *testing.T) {
	for field, want := range map[string]struct{ value, what string }{
		"a; filename*=x-none''%41":           {"x-none''%41", `unknown charset "x-none"`},
		"a; filename*=utf-8''%FF":            {"utf-8''%FF", "not in the charset"},
		"a; filename*=utf-8''%4":             {"utf-8''%4", "hexadecimal"},
		"a; filename*=nothing":               {"nothing", "no charset and language"},
		"a; filename*0=a; filename*2=c":      {"ac", "filename*2 follows one part"},
		"a; filename*1=b":                    {"b", "filename*1 follows nothing"},
		"a; filename=\"=?utf-8?B?!?=\"; b=c": {"=?utf-8?B?!?=", "not base64"},
	} {
		_, got := FieldParams(field)
		if x, ok := got[0].Err.(*Error); !ok || !strings.Contains(x.What, want.what) || got[0].Value != want.value {
			t.Errorf("%s: %v", field, got)
		}
	}
	var many strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&many, "; x%d=y", i)
	}
	if _, got := FieldParams("a" + many.String()); len(got) != MaxParams {
		t.Errorf("%d parameters", len(got))
	}
}

func FuzzFieldParams(f *testing.F) {
	for _, s := range []string{
		"attachment; filename*=iso-8859-1'de'%DCbersicht.pdf", `x; a*0*=utf-8''%E6; a*1="b\"c"; a*2*=%`, `x; a="`, "x;=;*=;a*0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, params := FieldParams(s)
		if len(params) > MaxParams {
			t.Fatalf("%q: %d", s, len(params))
		}
		seen := make(map[string]bool)
		for _, p := range params {
			if seen[p.Name] {
				t.Fatalf("%q: %s twice", s, p.Name)
			}
			seen[p.Name] = true
		}
	})
}
