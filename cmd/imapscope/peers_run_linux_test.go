package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"imapscope/capture/leaktest"
	"imapscope/proxy/proxytest"
)

// ran is what `imapscope run` did.
type ran struct {
	out, err string
	code     int
}

// runProgram runs `imapscope run` with arguments, as a user; "" is this one.
func runProgram(t *testing.T, as string, args ...string) ran {
	t.Helper()
	leaktest.Check(t)
	program, err := exec.LookPath("imapscope")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(program, append([]string{"run"}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "TMPDIR="+dir, "HOME="+dir, "TZ=UTC")
	if as != "" {
		u, err := user.Lookup(as)
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		reachable(t, dir)
		bin := filepath.Join(dir, "bin")
		if err := os.Mkdir(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.Path = filepath.Join(bin, "imapscope") // where the user may execute it
		if out, err := exec.Command("cp", program, cmd.Path).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "imapscope-run-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	return ran{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// reachable lets other users enter the folders above dir.
func reachable(t *testing.T, dir string) {
	t.Helper()
	for d := filepath.Dir(dir); d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// needNamespaces skips aloud where `run` cannot redirect.
func needNamespaces(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		proxytest.Missing(t, "root, for network namespaces")
	}
	proxytest.Peer(t, "nft", "nftables")
}

// TestPeersRun: programs that know nothing of it go through the proxy. What they say under TLS
// is shown, because they trust the proxy's CA, or because they log their keys.
func TestPeersRun(t *testing.T) {
	needNamespaces(t)
	mails := proxytest.Mails(2, 2000)
	s := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"run": mails}})
	curl, openssl := proxytest.Peer(t, "curl", "curl"), proxytest.Peer(t, "openssl", "openssl")
	tlsURL, plainURL := "imaps://localhost:"+port(s.TLS)+"/INBOX;MAILINDEX=1", "imap://localhost:"+port(s.Plain)+"/INBOX;MAILINDEX=1"
	login := "run:" + proxytest.Password
	ports := []string{"--port", port(s.Plain), "--tls-port", port(s.TLS)}
	for name, test := range map[string]struct {
		as   string
		args []string
	}{
		"curl":           {"", []string{"--", curl, "-sSg", "-u", login, plainURL}},
		"curl, TLS":      {"", []string{"--", curl, "-sSg", "-u", login, tlsURL}},
		"curl as a user": {"nobody", []string{"--upstream-insecure", "--", curl, "-sSg", "-u", login, tlsURL}},
		"curl, its TLS":  {"", []string{"--keep-tls", "--", curl, "-sSg", "-k", "-u", login, tlsURL}},
		"curl, STARTTLS": {"", []string{"--", curl, "-sSg", "-k", "--ssl-reqd", "-u", login, plainURL}},
		"openssl": {"", []string{"--", "sh", "-c", "{ sleep 1; printf 'a LOGIN run " + proxytest.Password + "\\r\\n'; sleep 1; printf 'b SELECT INBOX\\r\\nc FETCH 1 BODY[]\\r\\n'; sleep 1; printf 'd LOGOUT\\r\\n'; sleep 1; } | " +
			openssl + " s_client -quiet -verify_return_error -verify_hostname localhost -servername localhost -connect localhost:" + port(s.TLS)}},
		"pointed":      {"", []string{"--upstream", s.TLS, "--upstream-tls", "implicit", "--", curl, "-sSg", "-u", login, "imap://{}/INBOX;MAILINDEX=1"}},
		"pointed, TLS": {"", []string{"--upstream", s.Plain, "--client-tls", "implicit", "--", curl, "-sSg", "-u", login, "imaps://localhost:{port}/INBOX;MAILINDEX=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := slices.Concat(ports, test.args)
			file := ""
			if test.as == "" {
				file = filepath.Join(t.TempDir(), "rec.pcapng")
				args = append([]string{"--upstream-ca", s.CA, "-w", file}, args...)
			}
			got := runProgram(t, test.as, args...)
			if got.code != 0 || !strings.Contains(got.out, "Subject: ") {
				t.Fatalf("exit code %d\n%s\n%s", got.code, got.out, got.err)
			}
			if !strings.Contains(got.err, " FETCH 1 BODY[]") || !strings.Contains(got.err, "SELECT INBOX") || strings.Contains(got.err, proxytest.Password) {
				t.Errorf("shown:\n%s", got.err)
			}
			if file == "" {
				return
			}
			recorded, err := decoded(t, "--port", port(s.Plain)+","+port(s.TLS), file)
			if err != nil || !bytes.Contains(recorded, []byte(" FETCH 1 BODY[]")) {
				t.Errorf("recorded: %v\n%s", err, recorded)
			}
		})
	}
}

// TestRunReports checks that connections that pass by the proxy are reported, and that the
// exit code is the program's.
func TestRunReports(t *testing.T) {
	needNamespaces(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write([]byte("other\n"))
			c.Close()
		}
	}()
	other := port(l.Addr().String())
	for name, test := range map[string]struct {
		args []string
		want string
		out  string
		code int
	}{
		"another port": {[]string{"--", "bash", "-c", "cat </dev/tcp/127.0.0.1/" + other + "; exit 9"},
			"relayed and not shown, because their ports are not those of IMAP (--port, --tls-port): 127.0.0.1:" + other + " (1)", "other\n", 9},
		"no connection": {[]string{"--port", "1143", "--", "true"}, "the program made no connection to the ports of IMAP: [1143 143 993]", "", 0},
		"not pointed":   {[]string{"--upstream", "127.0.0.1:1", "--", "false"}, "no connection came to 127.0.0.1:", "", 1},
		"killed":        {[]string{"--", "sh", "-c", "kill -KILL $$"}, "no connection", "", 137},
		"terminated":    {[]string{"--upstream", "127.0.0.1:1", "--", "sh", "-c", "kill -TERM $PPID; exec sleep 20"}, "no connection came to", "", 143},
		"no program":    {[]string{"--", "no-such-program"}, `imapscope: exec: "no-such-program": executable file not found in $PATH`, "", 2},
		"no privileges": {[]string{"--", "sh", "-c", "grep CapEff /proc/self/status; id -u"}, "no connection", "CapEff:", 0},
	} {
		t.Run(name, func(t *testing.T) {
			as := ""
			if name == "no privileges" {
				as, test.out = "nobody", "CapEff:\t0000000000000000\n65534\n"
			}
			got := runProgram(t, as, test.args...)
			if got.code != test.code || got.out != test.out || !strings.Contains(got.err, test.want) {
				t.Errorf("exit code %d, output %q\n%s", got.code, got.out, got.err)
			}
		})
	}
}
