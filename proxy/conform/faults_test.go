package conform

import (
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/decode/protocol"
)

// faults are what a server does wrong, and the step that must find it.
var faults = []struct {
	name    string
	imap4   bool
	scripts string
	change  func(line string) string
	step    string // its title
	cite    string
	reason  string
}{
	{
		name: "wrong status", scripts: "rfc1176-1",
		change: func(l string) string { return strings.Replace(l, "OK NOOP", "BAD NOOP", 1) },
		step:   "NOOP is answered OK", cite: `RFC 1176, "Commands": NOOP, p. 10`, reason: "the server answered BAD to NOOP; expected: OK",
	},
	{
		name: "no EXISTS", scripts: "rfc1176-2",
		change: func(l string) string {
			if strings.HasSuffix(l, "EXISTS\r\n") {
				return ""
			}
			return l
		},
		step: "SELECT reports flags, the number of messages, and of recent ones", cite: `RFC 1176, "Commands": SELECT, p. 11`, reason: "the server did not send: * $count EXISTS",
	},
	{
		name: "no BYE", scripts: "rfc1176-1",
		change: func(l string) string {
			if strings.HasPrefix(l, "* BYE") {
				return ""
			}
			return l
		},
		step: "LOGOUT is answered with BYE and OK", cite: `RFC 1176, "Commands": LOGOUT, p. 11`, reason: "the server did not send: * BYE",
	},
	{
		name: "wrong tag", scripts: "rfc1176-4",
		change: func(l string) string {
			if tag, rest, ok := strings.Cut(l, " "); ok && strings.HasPrefix(rest, "OK STORE") {
				return tag + "x " + rest
			}
			return l
		},
		step: "+FLAGS adds a flag", cite: `RFC 1176, "Commands": STORE, p. 15`, reason: "no response to STORE, but a response with the tag",
	},
	{
		name: "SEARCH finds too much", scripts: "rfc1176-3",
		change: func(l string) string {
			if strings.TrimSpace(l) == "* SEARCH" {
				return "* SEARCH 1\r\n"
			}
			return l
		},
		step: "a string of a SEARCH can be a literal", cite: `RFC 1176, "Responses": + text, p. 21`, reason: "the server did not send: * SEARCH",
	},
	{
		name: "the wrong flags", imap4: true, scripts: "rfc3501-6",
		change: func(l string) string {
			return strings.NewReplacer(`\Flagged`, `\Answered`, `\flagged`, `\answered`).Replace(l)
		},
		step: "+FLAGS adds flags, and the answer has the new ones", cite: `RFC 3501, "6.4.6. STORE Command", p. 59`, reason: `the server did not send: * 1 FETCH (FLAGS (\Flagged))`,
	},
	{
		name: "EXPUNGE of the wrong message", imap4: true, scripts: "rfc3501-7",
		change: func(l string) string { return strings.Replace(l, "* 1 EXPUNGE", "* 3 EXPUNGE", 1) },
		step:   "EXPUNGE renumbers with each message", cite: `RFC 3501, "7.4.1. EXPUNGE Response", p. 72`, reason: "the server did not send: * $1 EXPUNGE",
	},
	{
		name: "no TRYCREATE", imap4: true, scripts: "rfc3501-4",
		change: func(l string) string { return strings.Replace(l, "[TRYCREATE] ", "", 1) },
		step:   "a mailbox that is not there is answered NO with TRYCREATE", cite: `RFC 3501, "6.3.11. APPEND Command", p. 46`, reason: "the text of the NO does not begin with: [TRYCREATE]",
	},
}

// TestFaultsAreFound checks that each fault fails the step that is about it, and only where
// there is one.
func TestFaultsAreFound(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			server := imap2
			if f.imap4 {
				server = imap4
			}
			d := server(t)
			without := failed(run(t, d, &Runner{Timeout: 5 * time.Second}, embeddedScripts(t, f.scripts)...))
			with := failed(run(t, rewriting(t, d, f.change), &Runner{Timeout: 5 * time.Second}, embeddedScripts(t, f.scripts)...))
			if without[f.step] != nil {
				t.Fatalf("the step fails without the fault: %v", without[f.step].Reasons)
			}
			got := with[f.step]
			if got == nil {
				t.Fatalf("the step did not fail; these did: %v", with)
			}
			if got.Ref.String() != f.cite || !strings.Contains(strings.Join(got.Reasons, "\n"), f.reason) {
				t.Errorf("%s\n%v", got.Ref, got.Reasons)
			}
		})
	}
}

// failed returns the steps that failed, by title.
func failed(out *Report) map[string]*StepResult {
	list := make(map[string]*StepResult)
	for _, r := range out.Results {
		for _, s := range r.Steps {
			if s.Outcome == Failed {
				list[s.Title] = s
			}
		}
	}
	return list
}

// TestRulesAreApplied checks that what no script looks at is found by the rules.
func TestRulesAreApplied(t *testing.T) {
	d := rewriting(t, imap2(t), func(l string) string { return strings.Replace(l, "\r\n", "\n", 1) })
	out := run(t, d, new(Runner), embeddedScripts(t, "rfc1176-2")...)
	if len(out.Findings) == 0 || !out.Totals(false).Failed() {
		t.Errorf("no finding: %v", failures(out))
	}
	if out := run(t, imap2(t), new(Runner), embeddedScripts(t, "rfc1176-2")...); len(out.Findings) > 0 {
		t.Errorf("findings without a fault: %v", failures(out))
	}
}

// TestHostileServers checks that no server makes a run hang, or use memory without end.
func TestHostileServers(t *testing.T) {
	endless := strings.Repeat("x", 1<<16)
	for _, x := range []struct {
		name, want string
		serve      func(net.Conn)
	}{
		{"silent", "no greeting within", func(c net.Conn) { drain(c) }},
		{"closes", "the server closed the connection", func(net.Conn) {}},
		{"says BYE", "neither OK nor PREAUTH", func(c net.Conn) {
			c.Write([]byte("* BYE go away\r\n"))
			drain(c)
		}},
		{"line without end", "does not end after 32 MiB", func(c net.Conn) {
			c.Write([]byte("* OK "))
			for {
				if _, err := c.Write([]byte(endless)); err != nil {
					return
				}
			}
		}},
		{"literal without end", "within", func(c net.Conn) {
			c.Write([]byte("* OK hello\r\n* 1 FETCH (RFC822 {99999999999}\r\nabc"))
			drain(c)
		}},
		{"data without end", "does not end after 32 MiB", func(c net.Conn) {
			c.Write([]byte("* OK hello\r\n"))
			flood := []byte(strings.Repeat("* 1 EXISTS\r\n", 4096))
			for {
				if _, err := c.Write(flood); err != nil {
					return
				}
			}
		}},
		{"another protocol", "no greeting within", func(c net.Conn) {
			c.Write([]byte("+OK POP3 ready\r\n"))
			drain(c)
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			timeout := 200 * time.Millisecond
			if strings.HasSuffix(x.want, "MiB") { // these are ended by their size
				timeout = time.Minute
			}
			r := &Runner{Dial: serve(t, x.serve), User: "fred", Password: "secret", Timeout: timeout}
			_, err := r.Run(t.Context(), embeddedScripts(t, ""))
			if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v", err)
			}
		})
	}
}

func drain(c net.Conn) {
	buf := make([]byte, 4096)
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}

// TestServerThatStopsAnswering checks that a connection without an answer is not used any
// more, and what follows is skipped.
func TestServerThatStopsAnswering(t *testing.T) {
	d := rewriting(t, imap2(t), func(l string) string {
		if strings.Contains(l, "OK FETCH") {
			return ""
		}
		return l
	})
	out := run(t, d, &Runner{Timeout: 300 * time.Millisecond, Dialect: protocol.IMAP2}, embeddedScripts(t, "rfc1176-3")...)
	n := out.Totals(false)
	if n.Steps[Failure] != 1 || n.Steps[NotRun] < 10 {
		t.Errorf("%+v\n%v", n, failures(out))
	}
}
