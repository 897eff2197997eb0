package web_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode/decodetest"
	"imapscope/ui/web"
)

// sensorSink makes a played conversation a connection that a sensor saw.
type sensorSink struct {
	capture.Sink
	id     capture.ConnID
	sensor string
}

func (s *sensorSink) Event(e *capture.Event) error {
	x := *e
	x.Conn = s.id
	if x.Info != nil {
		info := *x.Info
		info.ID, info.Origin = s.id, s.sensor
		x.Info = &info
	}
	return s.Sink.Event(&x)
}

// play reports a conversation as a connection that a sensor saw.
func (s *server) play(id capture.ConnID, sensor, text string) {
	s.t.Helper()
	if err := decodetest.Play(text, &sensorSink{s.Sink(), id, sensor}); err != nil {
		s.t.Fatal(err)
	}
}

// sensors serves a page of conversations, each as a sensor saw it.
func sensors(t *testing.T, names ...string) *server {
	t.Helper()
	s := serve(t, web.Options{Source: "sensors"})
	for i, name := range names {
		s.play(capture.ConnID(i+1), name, fmt.Sprintf(`S: * OK ready
C: a1 LOGIN user%d sesame
S: a1 OK done
C: a2 SELECT INBOX
S: * 3 EXISTS
S: a2 OK done
C: a3 FETCH 9 FLAGS
S: a3 NO there is no such message
C: a4 FROB
S: a4 BAD what
S: a9 OK done
`, i%3))
	}
	s.Ended(nil)
	return s
}

type group struct {
	Name, And, Last             string
	Rest                        bool
	Conns, Open, Txns, NO, BAD  int
	Bytes                       int64
	Errors, Warnings            int
	ID, Title, Severity         string
	Count, Origins, Users, C, N int
}

type groups struct {
	Total, All int
	Rows       []group
	Later      bool
}

func (g groups) names() (out []string) {
	for _, r := range g.Rows {
		out = append(out, r.Name+r.ID)
	}
	return out
}

// all returns a list of transactions once all have been looked at.
func (s *server) all(query string) rows {
	s.t.Helper()
	for {
		if out := ask[rows](s, "transactions?rows=500&"+query, 200); out.Look == out.Limit {
			return out
		}
		time.Sleep(time.Millisecond)
	}
}

// The answers of an overview are these bytes: programs may read them.
func TestOverviewAnswers(t *testing.T) {
	s := sensors(t, "frontend-1", "frontend-2", "frontend-1")
	var got strings.Builder
	for _, what := range []string{"origins", "users?sort=txns&desc=1", "findings?rows=2", "connections?rows=1&and=" + url.QueryEscape(`origin == "frontend-2"`)} {
		_, _, b := s.get("/api/" + what)
		fmt.Fprintf(&got, "%s\n%s\n", what, strings.ReplaceAll(string(b), "},{", "},\n{"))
	}
	const golden = "testdata/overview.json"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("UPDATE_GOLDEN=1 writes %s; it is\n%s\nnow, and was\n%s", golden, &got, want)
	}
}

// An overview is sorted by what is asked for, has the rows with a text, and is sent in windows.
func TestOverviewOrderAndSelection(t *testing.T) {
	s := sensors(t, "b", "c", "a", "b", "B/x")
	for query, want := range map[string]string{
		"":                       "B/x a b c",
		"?desc=1":                "c b a B/x",
		"?sort=conns&desc=1":     "b c a B/x",
		"?sort=last&rows=1":      "b",
		"?q=B":                   "B/x b",
		"?q=nothing":             "",
		"?from=2&rows=1":         "b",
		"?from=9":                "",
		"?sort=bytes&q=a&desc=1": "a",
	} {
		if got := strings.Join(ask[groups](s, "origins"+query, 200).names(), " "); got != want {
			t.Errorf("origins%s: %s, not %s", query, got, want)
		}
	}
	for _, wrong := range []string{"origins?sort=color", "users?sort=severity", "findings?sort=name", "origins?q=" + strings.Repeat("x", 2000), "origins?rows=501", "connections?sort=last",
		"connections?and=(", "users?and=(", "findings?" + strings.Repeat("and=conn==1&", 5), "transactions?and=a%20==", "transactions?" + strings.Repeat("and=conn==1&", 9)} {
		if ask[struct{ Error string }](s, wrong, 400).Error == "" {
			t.Errorf("%.40s: no error", wrong)
		}
	}
}

// A row leads to its transactions and connections, together with other rows and a filter, which
// may be a text.
func TestOverviewNarrows(t *testing.T) {
	s := sensors(t, "b", "c", "a", "b")
	and := func(conditions ...string) string {
		q := url.Values{"and": conditions}
		return q.Encode()
	}
	origin, user := ask[groups](s, "origins?q=b", 200).Rows[0], ask[groups](s, "users?q=user0", 200).Rows[0]
	if origin.Conns != 2 || origin.NO != 2 || origin.BAD != 2 || origin.Txns != 10 || origin.Errors == 0 || origin.Open != 0 {
		t.Errorf("the origin is %+v", origin)
	}
	if n := s.all(and(origin.And)).Total; n != origin.Txns {
		t.Errorf("%d transactions, not %d", n, origin.Txns)
	}
	if n := s.all(and(origin.And) + "&filter=fetch").Total; n != 2 {
		t.Errorf("%d transactions with a text", n)
	}
	if n := s.all(and(origin.And, user.And) + "&conn=4&filter=" + url.QueryEscape(`status == "NO"`)).Total; n != 1 {
		t.Errorf("%d refused transactions of a connection", n)
	}
	if n := ask[rows](s, "connections?"+and(origin.And, user.And), 200).Total; n != 2 {
		t.Errorf("%d connections", n)
	}
	if n := ask[rows](s, "connections?q=USER2", 200).Total; n != 1 {
		t.Errorf("%d connections with a text", n)
	}
	for _, f := range ask[groups](s, "findings", 200).Rows {
		list := s.all("rule=" + f.ID)
		conns := ask[rows](s, "connections?rule="+f.ID, 200).Total
		if f.Conns != 4 || f.Origins != 3 || f.Users != 3 || list.Total < 4 || list.Total > f.Count || conns != 4 || f.C != 1 {
			t.Errorf("%+v has %d transactions, %d connections", f, list.Total, conns)
		}
		part := s.all("rule=" + f.ID + "&" + and(origin.And))
		if part.Total != list.Total/2 || part.Rows[0].C > part.Rows[part.Total-1].C {
			t.Errorf("%s: %d of %d are of the origin", f.ID, part.Total, list.Total)
		}
		at := ask[struct{ Row, N int }](s, fmt.Sprintf("place?c=%d&n=%d&rule=%s", part.Rows[0].C, part.Rows[0].N, f.ID), 200)
		if at.Row != 0 {
			t.Errorf("%s: the first is in row %d", f.ID, at.Row)
		}
	}
	// What is narrowed is summed up too: the users and findings of an origin.
	users, findings := ask[groups](s, "users?"+and(`origin == "c"`), 200), ask[groups](s, "findings?"+and(`origin == "c"`), 200)
	if got := strings.Join(users.names(), " "); got != "user1" || users.Rows[0].Txns != 5 {
		t.Errorf("the users of an origin are %+v", users)
	}
	for _, f := range findings.Rows {
		if f.Conns != 1 || f.Origins != 1 || f.Users != 1 || f.C != 2 || f.Count >= 4 {
			t.Errorf("of an origin: %+v", f)
		}
	}
	rule := findings.Rows[0].ID
	if n := ask[groups](s, "origins?rule="+rule, 200).Total; len(findings.Rows) < 3 || n != 3 {
		t.Errorf("%d findings of an origin; %d origins with %s", len(findings.Rows), n, rule)
	}
	if out := s.all("rule=NONE"); out.Total != 0 {
		t.Errorf("%d with a rule that does not exist", out.Total)
	}
}

// A finding that comes after its transaction was listed is in the overview and in the list.
func TestOverviewGrows(t *testing.T) {
	s := serve(t, web.Options{Grows: true})
	s.play(1, "a", "S: * OK ready\nC: a1 FROB\nS: a1 BAD what\n")
	rule := ask[groups](s, "findings", 200).Rows[0].ID
	if n := s.all("rule=" + rule).Total; n != 1 {
		t.Fatalf("%d transactions at first", n)
	}
	s.play(2, "b", "S: * OK ready\nC: a1 FROB\nS: a1 BAD what\n")
	s.Ended(nil)
	if n := s.all("rule=" + rule).Total; n != 2 {
		t.Errorf("%d transactions later", n)
	}
	out := ask[groups](s, "origins", 200)
	for out.Later {
		time.Sleep(10 * time.Millisecond)
		out = ask[groups](s, "origins", 200)
	}
	if got := strings.Join(out.names(), " "); got != "a b" {
		t.Errorf("the origins are %s", got)
	}
}

// Names of sensors and users are text: inert, cut, and each leads to its own transactions.
func TestOverviewOfHostileNames(t *testing.T) {
	names := append(slices.Clone(hostile), "", "a\xff\xfeb", strings.Repeat("x", 100_000), "\x00", `" or true or "`)
	s := sensors(t, names...)
	out := ask[groups](s, "origins?rows=500", 200)
	if out.Total != len(names) {
		t.Errorf("%d origins of %d", out.Total, len(names))
	}
	for _, r := range out.Rows {
		if i := strings.IndexFunc(r.Name+r.And, func(c rune) bool {
			return c < ' ' || 0x7f <= c && c < 0xa0 || 0x2028 <= c && c < 0x202f || 0x2066 <= c && c < 0x206a
		}); i >= 0 || len(r.Name) > 500 {
			t.Errorf("%q, %q", r.Name, r.And)
		}
		if got := s.all(url.Values{"and": {r.And}}.Encode()); got.Total != r.Txns || got.Total != 5 {
			t.Errorf("%.60q has %d transactions, not %d", r.Name, got.Total, r.Txns)
		}
	}
}

// With ten thousand connections of a hundred sensors, an overview takes milliseconds and little
// memory; both are logged.
func TestOverviewOfManySensors(t *testing.T) {
	const conns, sensors = 10_000, 100
	s := serve(t, web.Options{})
	for i := range conns {
		s.play(capture.ConnID(i+1), fmt.Sprintf("frontend-%03d", i%sensors), fmt.Sprintf("S: * OK ready\nC: a1 LOGIN user%05d x\nS: a1 OK done\nC: a2 FROB\nS: a2 BAD what\n", i))
	}
	s.Ended(nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, c := range []struct {
		what  string
		total int
	}{
		{"origins?sort=bytes&desc=1", sensors}, {"origins?sort=last", sensors}, {"users", conns}, {"users?sort=last&desc=1", conns}, {"users?q=user00", 1000},
		{"findings", 0}, {"connections?q=user0999", 10}, {"connections?and=" + url.QueryEscape(`origin == "frontend-007"`), conns / sensors},
		{"transactions?and=" + url.QueryEscape(`origin == "frontend-007"`), 0},
	} {
		began := time.Now()
		out := ask[groups](s, c.what, 200)
		t.Logf("%s: %v", c.what, time.Since(began).Round(10*time.Microsecond))
		if c.total != 0 && out.Total != c.total || len(out.Rows) > 100 {
			t.Errorf("%s: %d in all, %d sent", c.what, out.Total, len(out.Rows))
		}
	}
	for _, r := range ask[groups](s, "origins?rows=500", 200).Rows {
		if r.Conns != conns/sensors || r.Txns != 2*conns/sensors || r.BAD != conns/sensors {
			t.Errorf("%+v", r)
		}
	}
	rule := ask[groups](s, "findings", 200).Rows[0]
	began := time.Now()
	if n := s.all("rule=" + rule.ID).Total; n != conns {
		t.Errorf("%d of %d have the finding", n, conns)
	}
	t.Logf("the transactions with a finding: %v", time.Since(began).Round(10*time.Microsecond))
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("memory: %d KB for the overviews and lists", (int64(after.HeapAlloc)-int64(before.HeapAlloc))/1000)
}

// A transaction that was looked at while it was running is listed once it matches.
func TestFilterOfWhatWasRunning(t *testing.T) {
	s := serve(t, web.Options{Grows: true})
	d := capturetest.To(s.Sink())
	now := time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)
	var off [2]int64
	say := func(dir capture.Direction, text string) {
		t.Helper()
		if err := d.Data(1, dir, now, off[dir], []byte(text)); err != nil {
			t.Fatal(err)
		}
		off[dir] += int64(len(text))
	}
	if err := d.Open(capture.Conn{ID: 1, Start: now, Client: netip.MustParseAddrPort("127.0.0.1:40000"), Server: netip.MustParseAddrPort("127.0.0.2:143")}); err != nil {
		t.Fatal(err)
	}
	say(capture.ServerToClient, "* OK ready\r\n")
	for n := 1; n <= 3; n++ {
		say(capture.ClientToServer, "a1 NOOP\r\n")
		if got := s.all("filter=" + url.QueryEscape(`status == "NO"`)).Total; got != n-1 {
			t.Errorf("%d match while number %d is running", got, n)
		}
		say(capture.ServerToClient, "a1 NO not now\r\n")
		if got := s.all("filter=" + url.QueryEscape(`status == "NO"`)).Total; got != n {
			t.Errorf("%d match of %d", got, n)
		}
	}
	s.Ended(nil)
}
