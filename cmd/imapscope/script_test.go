package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden files of the scripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"imapscope": main})
}

// TestScripts runs every verb as a user does. $SAMPLES is the folder of the
// sample captures, $FAULTS that of captures that went wrong; $SERVER is an address where a server can be started.
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	faults, err := filepath.Abs("testdata/faults")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
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
		},
		Setup: func(e *testscript.Env) error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			e.Setenv("SERVER", l.Addr().String()) // where one can be started
			e.Setenv("PORT", fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
			l.Close()
			e.Setenv("SAMPLES", samples)
			e.Setenv("NOIMAP", filepath.Join(filepath.Dir(samples), "cmd/imapscope/testdata/noimap"))
			e.Setenv("FAULTS", faults)
			e.Setenv("TZ", "UTC")
			e.Setenv("COLUMNS", "100")
			e.Setenv("NO_COLOR", os.Getenv("NO_COLOR"))
			return nil
		},
	})
}
