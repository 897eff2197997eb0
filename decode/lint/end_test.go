package lint

import (
	"fmt"
	"strings"
	"testing"
)

// TestSideThatClosedFirstIsBlamed checks that the side that closes a connection first
// is blamed for what was open then.
func TestSideThatClosedFirstIsBlamed(t *testing.T) {
	const idle = "# INBOX selected, 9 messages\nC: a1 IDLE\nS: + idling\n"
	for _, c := range []struct{ name, text, want string }{
		{"a client hangs up in IDLE", idle + "# 5m later\n# closed by the client\n", "C016 warning client"},
		{"a client is reset in IDLE", idle + "# 5s later\n# reset by the client\n", "C016 warning client"},
		{"a server hangs up in IDLE", idle + "# 5m later\n# closed by the server\n", "S037 warning server"},
		{"a server says BYE in IDLE", idle + "# 5m later\nS: * BYE timeout\n# closed by the server\n", ""},
		{"a server does not answer DONE", idle + "C: DONE\n# 9s later\n# closed by the client\n", "S005 error server"},
		{"a server closes with nothing outstanding", "# logged in\n# closed by the server\n", "S037 warning server"},
		{"a server resets with nothing outstanding", "# logged in\n# reset by the server\n", "S037 warning server"},
		{"a server closes before LOGOUT's OK", "# logged in\nC: a1 LOGOUT\n# closed by the server\n", "S005 error server"},
		{"a client closes before LOGOUT's OK", "# logged in\nC: a1 LOGOUT\n# closed by the client\n", "S005 note client"},
		{"a client closes without LOGOUT", "# logged in\n# closed by the client\n", "C016 warning client"},
		{"a server closes with a command outstanding", "# logged in\nC: a1 SELECT INBOX\n# closed by the server\n", "S005 error server"},
		{"a client gives up waiting", "# logged in\nC: a1 SELECT INBOX\n# 9s later\n# closed by the client\n", "S005 error server"},
		{"a client does not wait", "# logged in\nC: a1 SELECT INBOX\n# closed by the client\n", "S005 note client, C016 warning client"},
		{"a server closes within a response", "# logged in\nC: a1 SELECT INBOX\nS| * FLAGS (\n# closed by the server\n", "N006 warning server, S005 error server"},
		{"a client closes within a response", "# logged in\nC: a1 SELECT INBOX\nS| * FLAGS (\n# closed by the client\n", "N006 warning client, S005 note client"},
		{"a client closes within a command", "# logged in\nC| a1 SEL\n# closed by the client\n", "N006 warning client"},
		{"a client connects and leaves", "# closed by the client\n", "S001 note client"},
		{"a server leaves before its greeting", "# closed by the server\n", "S001 error server"},
		{"a client waits for a greeting that never comes", "C: a1 NOOP\n# 30s later\n# closed by the client\n", "S005 error server, C001 error client, S001 error server"},
		{"a short literal, and the client closes", "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {99}\nS: 12345678)\nS: a1 OK done\n# closed by the client\n", "S036 error server"},
		{"a short literal without a response in it", "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {99}\nS: 12345678)\n# closed by the server\n", "N006 warning server, S005 error server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := play(c.text, Options{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, f := range list {
				out = append(out, fmt.Sprint(f.Rule.ID, " ", f.Severity, " ", f.Verdict))
			}
			if got := strings.Join(out, ", "); got != c.want {
				t.Errorf("%s; want %s\n%s", got, c.want, lines(list))
			}
		})
	}
}
