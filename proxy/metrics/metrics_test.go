package metrics

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// TestConversationBecomesFigures: a conversation becomes figures, and invented commands no labels.
func TestConversationBecomesFigures(t *testing.T) {
	ps, err := decodetest.Parse(`S: * OK hi
C: a LOGIN fred secret
S: a OK in
C: b UID FETCH 1 FLAGS
S: * 1 FETCH (UID 1 FLAGS ())
S: b OK done
C: c XINVENTED
S: c BAD what
S! 100
C: d NOOP`)
	if err != nil {
		t.Fatal(err)
	}
	m := New()
	if err := m.Open(capture.Conn{ID: 1}); err != nil {
		t.Fatal(err)
	}
	decodetest.Run(decode.Options{}, ps, 0, func(e []decode.Event) {
		if err := m.Events(1, e); err != nil {
			t.Fatal(err)
		}
	})
	s := httptest.NewServer(m.Server().Handler)
	defer s.Close()
	res, err := s.Client().Get(s.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"imapscope_connections_total 1\n",
		"imapscope_connections_open 0\n",
		`imapscope_octets_total{from="client"} 63`,
		`imapscope_lost_octets_total{from="server"} 100`,
		`imapscope_transactions_total{command="LOGIN",status="OK"} 1`,
		`imapscope_transactions_total{command="UID FETCH",status="OK"} 1`,
		`imapscope_transactions_total{command="other",status="BAD"} 1`,
		`imapscope_transactions_total{command="NOOP",status="abandoned"} 1`,
		`imapscope_exchange_seconds_count{command="LOGIN"} 1`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "XINVENTED") {
		t.Error("an invented command is a label")
	}
}

// TestFaultsAreCountedByKind: faults are counted by kind, and a text never becomes a label.
func TestFaultsAreCountedByKind(t *testing.T) {
	m := New()
	acted := m.Hands([]string{"reset", "delay"}, func() int { return 3 })
	acted(capture.ByFault, "delay tagged 5s if command == \"FETCH\"")
	acted(capture.ByFault, "delay first 1s")
	acted(capture.ByFault, "invented by someone")
	acted(capture.ByEdit, "dropped: a1 NOOP")
	acted(capture.ByHolding, "a1 NOOP, 3 s")
	acted(capture.ByHolding, "a2 NOOP, 4 s")
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`imapscope_faults_total{fault="delay"} 2`,
		`imapscope_faults_total{fault="reset"} 0`,
		`imapscope_faults_total{fault="other"} 1`,
		"imapscope_changed_messages_total 1\n",
		"imapscope_held_messages_total 2\n",
		"imapscope_waiting_messages 3\n",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in\n%s", want, w.Body)
		}
	}
	if strings.Contains(w.Body.String(), "invented") {
		t.Error("a text is a label")
	}
}
