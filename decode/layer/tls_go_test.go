package layer

import (
	"bytes"
	"crypto/tls"
	"slices"
	"strings"
	"testing"

	"imapscope/capture"
)

// sizes are the pieces that streams are cut into: whole, single bytes, a packet's.
var sizes = []int{0, 1, 7, 1460}

func TestOpensEverySuiteOfGo(t *testing.T) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		for _, v := range s.SupportedVersions {
			t.Run(s.Name+"/"+versionName(v), func(t *testing.T) {
				server := serverConfig()
				server.CipherSuites, server.MinVersion, server.MaxVersion = []uint16{s.ID}, v, v
				client := &tls.Config{CipherSuites: []uint16{s.ID}, MinVersion: v, NextProtos: []string{"imap"}}
				tp := goTLS(t, client, server)
				if suiteByID(s.ID) == nil && v < tls.VersionTLS13 {
					wantUnknown(t, tp, s.Name)
					return
				}
				for _, size := range sizes {
					h, f := play(t, keysOf(tp.keys.String()), tp.chunks, size)
					wantPlain(t, h, tp)
					if v < tls.VersionTLS13 && f.Suite != s.Name || f.Version != versionName(v) || !f.Opened {
						t.Errorf("facts: %+v", f)
					}
					if f.SNI != "imap.example.org" || f.ALPN != "imap" || f.Alert != "client: close_notify" {
						t.Errorf("facts: %+v", f)
					}
					if !slices.Equal(f.Names, []string{"imap.example.org", "mail.example.org"}) || f.Resumed || f.Early {
						t.Errorf("facts: %+v", f)
					}
				}
			})
		}
	}
}

func wantUnknown(t *testing.T, tp *tape, suite string) {
	t.Helper()
	h, f := play(t, keysOf(tp.keys.String()), tp.chunks, 0)
	if !slices.Equal(h.dark, []Reason{UnknownSuite}) || h.plain[0].Len()+h.plain[1].Len() > 0 || f.Suite != suite {
		t.Errorf("dark %q, facts %+v", h.dark, f)
	}
}

func TestRecordsSayWhatTheyAre(t *testing.T) {
	server := serverConfig()
	tests := []struct {
		version        uint16
		client, server string
	}{
		{tls.VersionTLS12,
			"client hello|client key exchange|change cipher spec|finished|application data|alert: close_notify",
			"server hello|certificate|server key exchange|server hello done|new session ticket|change cipher spec|finished|application data|alert: close_notify"},
		{tls.VersionTLS13,
			"client hello|change cipher spec|finished|application data|alert: close_notify",
			"server hello|change cipher spec|encrypted extensions|certificate|certificate verify|finished|new session ticket|application data|alert: close_notify"},
	}
	for _, test := range tests {
		server.MaxVersion = test.version
		tp := goTLS(t, &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(1)}, server)
		h, f := play(t, keysOf(tp.keys.String()), tp.chunks, 0)
		for dir, want := range []string{test.client, test.server} {
			got := strings.Join(h.whats(capture.Direction(dir)), "|")
			if got != want {
				t.Errorf("%s, %v: records\n%s\nwant\n%s", versionName(test.version), capture.Direction(dir), got, want)
			}
		}
		if n := f.Records[0] + f.Records[1]; n != len(h.records) {
			t.Errorf("%d records counted, %d reported", n, len(h.records))
		}
		wantTiled(t, h, tp)
	}
}

// wantTiled checks that the records cover the stream of each direction.
func wantTiled(t *testing.T, h *heard, tp *tape) {
	t.Helper()
	var at, total [2]int64
	for _, c := range tp.chunks {
		total[c.dir] += int64(len(c.data)) + c.lost
	}
	for _, r := range h.records {
		if r.Off != at[r.Dir] {
			t.Errorf("%v: record at %d, want %d", r.Dir, r.Off, at[r.Dir])
		}
		at[r.Dir] = r.Off + r.Len
	}
	if at != total {
		t.Errorf("records end at %d, the streams at %d", at, total)
	}
}

func TestResumedSessionsOpen(t *testing.T) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := serverConfig()
		server.MaxVersion = v
		client := &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(8)}
		keys := &Keys{} // of all connections: Go logs the secret of a resumed session once, in TLS 1.2
		for i := range 3 {
			tp := goTLS(t, client, server)
			keys.Add(tp.keys.Bytes())
			h, f := play(t, keys, tp.chunks, 0)
			wantPlain(t, h, tp)
			if f.Resumed != (i > 0) {
				t.Errorf("%s, connection %d: resumed %v", versionName(v), i, f.Resumed)
			}
		}
	}
}

func TestHelloRetryRequest(t *testing.T) {
	server := serverConfig()
	server.CurvePreferences = []tls.CurveID{tls.CurveP521}
	tp := goTLS(t, &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP521}}, server)
	for _, size := range sizes {
		h, _ := play(t, keysOf(tp.keys.String()), tp.chunks, size)
		wantPlain(t, h, tp)
		if h.whats(1)[0] != "hello retry request" || h.whats(1)[2] != "server hello" {
			t.Errorf("records: %q", h.whats(1))
		}
	}
}

func TestDivisionMeansNothing(t *testing.T) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := serverConfig()
		server.MaxVersion = v
		tp := goTLS(t, &tls.Config{}, server)
		for _, keys := range []string{tp.keys.String(), ""} {
			want, wantFacts := play(t, keysOf(keys), tp.chunks, 0)
			for _, size := range sizes[1:] {
				got, facts := play(t, keysOf(keys), tp.chunks, size)
				if got.log.String() != want.log.String() {
					t.Errorf("in pieces of %d bytes:\n%.2000s\nwhole:\n%.2000s", size, got.log.String(), want.log.String())
				}
				if facts.Records != wantFacts.Records {
					t.Errorf("facts: %+v, want %+v", facts, wantFacts)
				}
			}
		}
	}
}

func TestKeysThatComeLater(t *testing.T) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := serverConfig()
		server.MaxVersion = v
		tp := goTLS(t, &tls.Config{}, server)
		want, _ := play(t, keysOf(tp.keys.String()), tp.chunks, 0)
		lines := bytes.SplitAfter(tp.keys.Bytes(), []byte("\n"))
		for _, size := range []int{0, 100} {
			keys, s := &Keys{}, &heard{}
			l := NewTLS(keys, s)
			when := feedAll(l, tp.chunks, size)
			for _, line := range lines { // each opens a little more
				keys.Add(line)
				l.Retry(when)
			}
			l.Close(when)
			wantPlain(t, s, tp)
			if s.log.String() != want.log.String() {
				t.Errorf("%s: what was found depends on when the keys came", versionName(v))
			}
		}
	}
}

func TestWithoutKeys(t *testing.T) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := serverConfig()
		server.MaxVersion = v
		tp := goTLS(t, &tls.Config{NextProtos: []string{"imap"}}, server)
		for _, keys := range []*Keys{nil, {}} {
			h, f := play(t, keys, tp.chunks, 0)
			if !slices.Equal(h.dark, []Reason{WantsKeys}) || h.plain[0].Len()+h.plain[1].Len() > 0 || f.Opened {
				t.Errorf("dark %q, facts %+v", h.dark, f)
			}
			if f.SNI != "imap.example.org" || f.ALPN != "imap" || (v == tls.VersionTLS12) != (len(f.Names) == 2) {
				t.Errorf("facts %+v", f)
			}
			if f.Records[0] < 10 || f.Records[1] < 10 || h.count(NoKeys) < 20 {
				t.Errorf("records %v, %d without keys", f.Records, h.count(NoKeys))
			}
			wantTiled(t, h, tp)
		}
	}
}
