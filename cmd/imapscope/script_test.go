package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"imapscope/capture/golden"
	"imapscope/capture/leaktest"
)

func TestMain(m *testing.M) {
	testscript.Main(inUTC{leaktest.Package{Tests: m}}, map[string]func(){"imapscope": main})
}

// inUTC runs the tests where times are shown as in UTC. It is not for the program itself, which
// testscript starts from the same binary.
type inUTC struct{ leaktest.Package }

func (p inUTC) Run() int {
	time.Local = time.UTC
	return p.Package.Run()
}

// converse has the conversation of a transcript with a server: it sends the lines of C, and
// expects those of S.
func converse(addr, transcript string) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	r := bufio.NewReader(c)
	for line := range strings.Lines(transcript) {
		text := strings.TrimSuffix(line[2:], "\n")
		text = strings.TrimPrefix(text, " ")
		if line[0] == 'C' {
			if _, err := fmt.Fprint(c, text+"\r\n"); err != nil {
				return err
			}
			continue
		}
		got, err := r.ReadString('\n')
		if got != text+"\r\n" {
			return fmt.Errorf("the server says %q, not %q (%v)", got, text, err)
		}
	}
	return nil
}

// TestScripts runs every verb as a user does. $SAMPLES is the folder of the
// sample captures, $FAULTS that of captures that went wrong, $LAB that of captures of programs, $KEYS that of captures of TLS and their keys, $LOGS that of logs; $SERVER, $SERVER2 and $SERVER3 are addresses where servers
// can be started.
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	faults, err := filepath.Abs("testdata/faults")
	if err != nil {
		t.Fatal(err)
	}
	leaktest.Check(t)
	temp := t.TempDir()
	t.Cleanup(func() {
		scripts, err := os.ReadDir(temp)
		if err != nil {
			t.Error(err)
		}
		for _, script := range scripts {
			if left := leaktest.Left(filepath.Join(temp, script.Name())); len(left) > 0 {
				t.Errorf("%s left behind:\n%s", script.Name(), strings.Join(left, "\n"))
			}
		}
	})
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		WorkdirRoot:   t.TempDir(), // otherwise a run of some scripts leaves a folder
		UpdateScripts: golden.Updating(),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"listening": func(ts *testscript.TestScript, _ bool, args []string) { // waits for a server
				for range 500 {
					c, err := net.Dial("tcp", args[0])
					if err == nil {
						c.Close()
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
				ts.Fatalf("nobody listens on %s", args[0])
			},
			"record": func(ts *testscript.TestScript, _ bool, args []string) { // a transcript to a capture file
				b, err := recordingOf(ts.ReadFile(args[0]))
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
			},
			"talk": func(ts *testscript.TestScript, _ bool, args []string) { // with a server, as in a transcript
				ts.Check(converse(args[0], ts.ReadFile(args[1])))
			},
		},
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"SERVER", "SERVER2", "SERVER3"} { // where one can be started
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					return err
				}
				defer l.Close() // all are open until each is another one
				e.Setenv(name, l.Addr().String())
				if name == "SERVER" {
					e.Setenv("PORT", fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
				}
			}
			e.Setenv("SAMPLES", samples)
			e.Setenv("NOIMAP", filepath.Join(filepath.Dir(samples), "cmd/imapscope/testdata/noimap"))
			e.Setenv("FAULTS", faults)
			e.Setenv("LAB", filepath.Join(filepath.Dir(faults), "lab"))
			e.Setenv("KEYS", filepath.Join(filepath.Dir(faults), "keys"))
			e.Setenv("LOGS", filepath.Join(filepath.Dir(faults), "logs"))
			e.Setenv("TZ", "UTC")
			own := filepath.Join(temp, filepath.Base(e.WorkDir))
			if err := os.Mkdir(own, 0o700); err != nil {
				return err
			}
			e.Setenv("TMPDIR", own)
			e.Setenv("COLUMNS", "100")
			e.Setenv("NO_COLOR", os.Getenv("NO_COLOR"))
			return nil
		},
	})
}
