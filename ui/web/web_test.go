package web_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/capture/pcap"
	"imapscope/decode/decodetest"
	"imapscope/ui/web"
)

const (
	sample = "../../samples/mtest1988--imap-1.pcap"
	errs   = "../../samples/raw-errors--imap-1.pcap"
)

// server is a page behind a test's listener.
type server struct {
	*web.Server
	t    *testing.T
	http *httptest.Server
}

// serve serves a page that has seen nothing.
func serve(t *testing.T, o web.Options) *server {
	t.Helper()
	s, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(guarded(s))
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &server{s, t, h}
}

// guarded has the policy of ui/web/door, without its keys.
func guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h.ServeHTTP(w, r)
	})
}

// of serves a page of a capture.
func of(t *testing.T, file string) *server {
	t.Helper()
	s := serve(t, web.Options{Source: filepath.Base(file)})
	s.read(file)
	return s
}

func (s *server) read(file string) {
	s.t.Helper()
	err := pcap.Files([]string{file}, pcap.Options{}).Run(s.t.Context(), s.Sink())
	if err != nil {
		s.t.Fatal(err)
	}
	s.Ended(nil)
}

// said serves a page of a conversation.
func said(t *testing.T, lines ...string) *server {
	t.Helper()
	s := serve(t, web.Options{Source: "said"})
	if err := decodetest.Play(strings.Join(lines, "\n")+"\n", s.Sink()); err != nil {
		t.Fatal(err)
	}
	s.Ended(nil)
	return s
}

// get returns an answer.
func (s *server) get(path string) (int, http.Header, []byte) {
	s.t.Helper()
	r, err := s.http.Client().Get(s.http.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.StatusCode, r.Header, b
}

// ask returns the answer to what, in JSON.
func ask[T any](s *server, what string, status int) T {
	s.t.Helper()
	code, _, b := s.get("/api/" + what)
	if code != status {
		s.t.Fatalf("%s: %d, not %d: %.300s", what, code, status, b)
	}
	var out T
	if err := json.Unmarshal(b, &out); err != nil {
		s.t.Fatalf("%s: %v: %.300s", what, err, b)
	}
	return out
}

type rows struct {
	Total, Limit, Look int
	Rows               []struct {
		C, N                           int
		Label, Request, Status, Effect string
		Worst                          string
	}
}

// A window of the list has the rows that are asked for, and no more than are allowed.
func TestWindowHasTheRowsAskedFor(t *testing.T) {
	s := of(t, sample)
	all := ask[rows](s, "transactions?rows=500", 200)
	if all.Total < 15 || len(all.Rows) != all.Total || all.Look != all.Limit {
		t.Fatalf("%d rows of %d, looked at %d of %d", len(all.Rows), all.Total, all.Look, all.Limit)
	}
	some := ask[rows](s, "transactions?from=2&rows=3", 200)
	if len(some.Rows) != 3 || some.Rows[0] != all.Rows[2] {
		t.Errorf("the window is %+v", some.Rows)
	}
	if past := ask[rows](s, fmt.Sprintf("transactions?from=%d&rows=3", all.Total+7), 200); len(past.Rows) != 0 {
		t.Errorf("rows past the end: %+v", past.Rows)
	}
	for _, wrong := range []string{"rows=501", "rows=-1", "from=x", "from=-1", "from=99999999999"} {
		ask[struct{ Error string }](s, "transactions?"+wrong, 400)
	}
}

// A filter narrows the list; one that is wrong is refused, with the place.
func TestFilter(t *testing.T) {
	s := of(t, errs)
	all := ask[rows](s, "transactions", 200)
	var bad rows
	for bad.Limit == 0 || bad.Look < bad.Limit {
		bad = ask[rows](s, "transactions?filter="+url.QueryEscape(`status == "BAD"`), 200)
	}
	if bad.Total == 0 || bad.Total >= all.Total {
		t.Fatalf("%d of %d match", bad.Total, all.Total)
	}
	for _, r := range bad.Rows {
		if r.Effect != "bad" && r.Status != "orphan" {
			t.Errorf("%+v matches", r)
		}
	}
	wrong := ask[struct{ Error, Caret string }](s, "transactions?filter="+url.QueryEscape(`status == `), 400)
	if wrong.Error == "" || !strings.Contains(wrong.Caret, "^") {
		t.Errorf("the fault is %+v", wrong)
	}
}

// An exchange has its messages with the meaning of each word, and one message its bytes and tree.
func TestExchange(t *testing.T) {
	s := said(t, "S: * OK ready", "C: a1 LOGIN fred sesame", "S: a1 OK done", "C: a2 SELECT INBOX", "S: * 3 EXISTS", "S: a2 OK done")
	type item struct {
		From, Text, Sentence string
		Words                []struct {
			Text, Meaning, Cite string
			Start, End          int
		}
	}
	x := ask[struct{ Messages []item }](s, "exchange?c=1&n=1", 200)
	if len(x.Messages) != 2 || x.Messages[0].From != "c" || x.Messages[0].Sentence == "" {
		t.Fatalf("messages: %+v", x.Messages)
	}
	named := false
	for _, w := range x.Messages[0].Words {
		named = named || w.Text == "LOGIN" && w.Meaning != "" && w.Cite != ""
	}
	if !named {
		t.Errorf("words: %+v", x.Messages[0].Words)
	}
	_, _, b := s.get("/api/exchange?c=1&n=1")
	_, _, m := s.get("/api/message?c=1&n=1&m=0")
	if all := string(b) + string(m); strings.Contains(all, "sesame") || strings.Contains(all, "736573616d65") || !strings.Contains(all, "****") {
		t.Errorf("the password is not masked: %s", all)
	}
	y := ask[struct {
		Hex []struct {
			Hex, Chars string
			Start      int
		}
		Tree []struct{ Kind string }
	}](s, "message?c=1&n=2&m=0", 200)
	if len(y.Hex) != 2 || y.Hex[0].Chars != "a2 SELECT INBOX." || y.Hex[1].Start != 16 || len(y.Tree) < 4 {
		t.Errorf("the bytes are %+v, the tree %+v", y.Hex, y.Tree)
	}
	ask[struct{ Error string }](s, "exchange?c=1&n=9", 404)
	ask[struct{ Error string }](s, "message?c=1&n=1&m=9", 404)
}

// Every answer about every connection and exchange of hostile and of ordinary captures is there.
func TestEveryAnswer(t *testing.T) {
	for _, file := range []string{sample, errs, "../../samples/raw-hang--imap-1.pcap"} {
		s := of(t, file)
		for _, r := range ask[rows](s, "transactions?rows=500", 200).Rows {
			q := fmt.Sprintf("?c=%d&n=%d", r.C, r.N)
			for _, what := range []string{"exchange", "message", "mail", "place"} {
				ask[struct{}](s, what+q, 200)
			}
		}
		for _, what := range []string{"connections", "ladder?c=1", "layers?c=1", "why?c=1", "fields", "state", "finding?at=-1"} {
			ask[struct{}](s, what, 200)
		}
		code, h, b := s.get("/api/ladder.svg?c=1")
		if code != 200 || h.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(string(b), "<svg") {
			t.Errorf("%s: the picture is %d %v %.100s", file, code, h, b)
		}
		for _, what := range []string{"ladder?c=9", "layers?c=9", "ladder.svg?c=9", "record?c=1&k=5"} {
			ask[struct{ Error string }](s, what, 404)
		}
	}
}

// Search goes on from a row, in both directions, and starts over.
func TestSearch(t *testing.T) {
	s := of(t, sample)
	type place struct {
		Row, N, Found int
		Look          bool
	}
	for ask[rows](s, "transactions?rows=1&filter=%22fetch%22", 200).Look < ask[rows](s, "transactions", 200).Limit {
		time.Sleep(time.Millisecond)
	}
	var hits []int
	for _, r := range ask[rows](s, "transactions?rows=500&filter=%22fetch%22", 200).Rows {
		hits = append(hits, ask[place](s, fmt.Sprintf("place?c=%d&n=%d", r.C, r.N), 200).Row)
	}
	if len(hits) < 3 {
		t.Fatal("the sample has changed")
	}
	next := func(at int, more string) int {
		return ask[place](s, fmt.Sprintf("search?q=fetch&at=%d%s", at, more), 200).Row
	}
	if got := next(-1, ""); got != hits[0] {
		t.Errorf("the first is %d, not %d", got, hits[0])
	}
	if got := next(hits[0], ""); got != hits[1] {
		t.Errorf("after %d is %d, not %d", hits[0], got, hits[1])
	}
	if got := next(hits[1], "&back=1"); got != hits[0] {
		t.Errorf("before %d is %d, not %d", hits[1], got, hits[0])
	}
	if got := next(hits[len(hits)-1], ""); got != hits[0] {
		t.Errorf("after the last is %d, not %d", got, hits[0])
	}
	if got := next(hits[0], "&back=1"); got != hits[len(hits)-1] {
		t.Errorf("before the first is %d, not %d", got, hits[len(hits)-1])
	}
	if out := ask[place](s, "search?q=nothing+like+it", 200); out.Row != -1 || out.Look {
		t.Errorf("found %+v", out)
	}
}

// Only GET and HEAD are answered, and only what there is.
func TestReadOnly(t *testing.T) {
	s := of(t, sample)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		for _, path := range []string{"/", "/api/state", "/page.js"} {
			r, err := http.NewRequest(method, s.http.URL+path, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.http.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			got.Body.Close()
			if got.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, got.StatusCode)
			}
		}
	}
	for _, path := range []string{"/routes.go", "/page/", "/../web.go", "/%2e%2e/web.go", "/api/", "/api/nothing", "/index.htm"} {
		if code, _, _ := s.get(path); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
}

// However much arrives, a stream has few events, and the last one is about all of it.
func TestEventsAreFew(t *testing.T) {
	s := serve(t, web.Options{Grows: true})
	r, err := s.http.Client().Get(s.http.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	began := time.Now()
	const commands = 3000
	go func() {
		var b strings.Builder
		b.WriteString("S: * OK ready\n")
		for i := range commands {
			fmt.Fprintf(&b, "C: a%d NOOP\nS: a%d OK done\n", i, i)
		}
		s.Ended(decodetest.Play(b.String(), s.Sink()))
	}()
	events := 0
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		text, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		events++
		var x struct {
			Ended        bool
			Transactions int
		}
		if err := json.Unmarshal([]byte(text), &x); err != nil {
			t.Fatal(err)
		}
		if x.Ended {
			if x.Transactions != commands {
				t.Errorf("the last event is about %d transactions, not %d", x.Transactions, commands)
			}
			break
		}
	}
	if most := 3 + int(time.Since(began)/(250*time.Millisecond)); events == 0 || events > most {
		t.Errorf("%d events; at most %d were to come", events, most)
	}
}

// Any number of filters can be asked for; each list is made again if it was dropped.
func TestManyFilters(t *testing.T) {
	s := of(t, sample)
	for range 2 {
		for n := range 40 {
			out := ask[rows](s, "transactions?filter="+url.QueryEscape(fmt.Sprintf("n == %d", n)), 200)
			for out.Look < out.Limit {
				out = ask[rows](s, "transactions?filter="+url.QueryEscape(fmt.Sprintf("n == %d", n)), 200)
			}
			if want := min(n, 1); n <= 16 && (out.Total != want || want > 0 && out.Rows[0].N != n) {
				t.Fatalf("n == %d lists %+v", n, out)
			}
		}
	}
}
