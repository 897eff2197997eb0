package lesson

import (
	"os"
	"strings"
	"testing"
)

// TestCommandsPassThroughAProxy checks lessons whose commands pass through a proxy that breaks or holds them.
func TestCommandsPassThroughAProxy(t *testing.T) {
	const step = "## S\n\nText.\n\n```step\n"
	for name, x := range map[string]struct{ head, step, want string }{
		"fault":          {`fault: status NO later if command == "LOGIN"`, "type: LOGIN fred secret\nexpect: status == \"NO\" and fault contains \"status\"\n", ""},
		"held, resumed":  {"", "type: NOOP\nhold: command == \"NOOP\"\nexpect: held == true and edited == false\n", ""},
		"held, edited":   {"", "before: LOGIN fred secret\ntype: NOOP\nhold: command == \"NOOP\"\nedit: CHECK\nexpect: edited == true and status == \"BAD\"\n", ""},
		"before":         {"", "before: NOOP\ntype: NOOP\nhold: command == \"NOOP\"\n", ""}, // not held
		"nothing held":   {"", "type: NOOP\nhold: command == \"CHECK\"\n", "hold: holds nothing"},
		"wrong filter":   {"", "type: NOOP\nhold: command ==\n", "hold: "},
		"wrong fault":    {"fault: statis", "type: NOOP\n", "did you mean status?"},
		"useless fault":  {"fault: reset", "at: greeting\n", "fault: is only for lessons with a type: step"},
		"edit alone":     {"", "type: NOOP\nedit: CHECK\n", "edit: changes what is held"},
		"hold alone":     {"", "ask: x\nanswer: y\nhold: n == 1\n", "hold: is for a step where a command is typed"},
		"held literal":   {"", "type: LOGIN fred {6}\ntype: secret\nhold: n == 1\n", "single lines"},
		"no answer left": {"fault: drop tagged", "type: NOOP\n", "the server does not answer this"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			head := "---\ntitle: T\n"
			if x.head != "" {
				head += x.head + "\n"
			}
			l, err := Parse("a.md", []byte(head+"---\n\nText.\n\n"+step+x.step+"```\n"))
			if err == nil {
				err = l.Check(func(string) ([]byte, error) { return nil, os.ErrNotExist })
			}
			if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
				t.Errorf("%v; want %q", err, x.want)
			}
		})
	}
}
