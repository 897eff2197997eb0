package practice_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
	"imapscope/proxy/intercept/practice"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Package{Tests: m}.Run()) }

// echo is a server that repeats each command.
type echo struct{}

func (echo) Greeting() []byte { return []byte("* OK ready\r\n") }

func (echo) Write(p []byte) (answer []byte, more bool) {
	for line := range strings.Lines(string(p)) {
		tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		answer = append(answer, "* OK got "+command+"\r\n"+tag+" OK done\r\n"...)
	}
	return answer, !strings.Contains(string(p), "LOGOUT")
}

// heard is a Sink that collects what the client's leg has, as lines.
type heard struct {
	text  strings.Builder
	ended bool
}

func (h *heard) Event(e *capture.Event) error {
	switch {
	case e.Conn != 1:
	case e.Kind == capture.Data:
		h.text.Write(e.Data)
	case e.Kind == capture.Note && !strings.HasPrefix(e.Text, "upstream"):
		h.text.WriteString("[" + e.Text + "]\r\n")
	case e.Kind == capture.Closed:
		h.ended = true
	}
	return nil
}

func start(holds *intercept.Holds, to capture.Sink) *practice.Conversation {
	at := netip.MustParseAddrPort
	return practice.Start(practice.Options{
		Session: echo{}, Stages: []intercept.Stage{holds}, Row: intercepttest.Row, Sink: to,
		Client: at("127.0.0.1:49152"), Proxy: at("127.0.0.1:1143"), Server: at("127.0.0.1:143"),
	})
}

// TestConversation holds a command, changes it, and ends by the server's BYE or by the client.
func TestConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holds, to := intercept.NewHolds(), new(heard)
		c := start(holds, to)
		c.Send([]byte("a CHECK\r\n"))
		synctest.Wait()
		rule, _, err := intercept.ParseRule(`command == "NOOP"`)
		if err != nil {
			t.Fatal(err)
		}
		holds.SetRules([]intercept.Rule{rule})
		c.Send([]byte("b NOOP\r\n"))
		synctest.Wait()
		if w := holds.Waiting(); len(w) != 1 || w[0].Tag != "b" {
			t.Fatalf("waiting: %v", w)
		}
		if err := holds.Edit(1, []byte("b EXPUNGE\r\n")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := to.text.String(); !strings.Contains(got, "* OK ready\r\na CHECK\r\n* OK got CHECK\r\na OK done\r\nb NOOP\r\n") || !strings.HasSuffix(got, "* OK got EXPUNGE\r\nb OK done\r\n") {
			t.Errorf("the client's leg: %q", got)
		}
		c.Send([]byte("c LOGOUT\r\n"))
		synctest.Wait()
		if !to.ended {
			t.Error("the end was not reported")
		}
		c.Send([]byte("d NOOP\r\n"))
		c.Close()
	})
}

// TestCloseReleases closes a conversation with a command that waits.
func TestCloseReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holds, to := intercept.NewHolds(), new(heard)
		holds.SetRules([]intercept.Rule{{}})
		c := start(holds, to)
		c.Send([]byte("a NOOP\r\n"))
		synctest.Wait()
		c.Close()
		if n := len(holds.Waiting()); n != 0 || !to.ended {
			t.Errorf("%d wait, ended %t", n, to.ended)
		}
	})
}
