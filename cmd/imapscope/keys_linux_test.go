package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/leaktest"
	"imapscope/capture/pcap"
	"imapscope/proxy/proxytest"
)

// recordedParts returns a recording of commands, cut after each of their answers.
func recordedParts(t *testing.T, commands ...string) (parts []string) {
	t.Helper()
	var file bytes.Buffer
	r, err := pcap.NewRecorder(&file, pcap.RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d, at, pos := capturetest.To(r), time.Unix(1700000000, 0), [2]int64{}
	say := func(dir capture.Direction, text string) {
		d.Data(1, dir, at, pos[dir], []byte(text))
		pos[dir] += int64(len(text))
	}
	d.Open(capture.Conn{ID: 1, Start: at})
	say(capture.ServerToClient, "* OK ready\r\n")
	for i, c := range commands {
		say(capture.ClientToServer, fmt.Sprintf("a%d %s\r\n", i, c))
		say(capture.ServerToClient, fmt.Sprintf("a%d OK done\r\n", i))
		parts = append(parts, file.String())
		file.Reset()
	}
	return parts
}

func grow(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// startReading starts a verb whose outputs are read.
func startReading(t *testing.T, dir string, args ...string) *proxytest.Process {
	t.Helper()
	cmd := exec.Command(proxytest.Peer(t, "imapscope", "imapscope"), args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TZ=UTC")
	return proxytest.Start(t, cmd)
}

// TestDecodeFollows: decode --follow prints what comes, with a key log that appears later,
// until Ctrl-C, which is how it ends.
func TestDecodeFollows(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "growing.pcapng")
	parts := recordedParts(t, "NOOP", "CAPABILITY", "CHECK")
	grow(t, file, parts[0])
	p := startReading(t, dir, "decode", "-q", "--follow", "--keylog", "keys", "growing.pcapng")
	p.Out.Await(t, "a0 NOOP")
	p.Err.Await(t, "imapscope: waiting for the key log keys to appear\n")
	grow(t, file, parts[1][:50])
	grow(t, file, parts[1][50:])
	p.Out.Await(t, "a1 CAPABILITY")
	grow(t, filepath.Join(dir, "keys"), "CLIENT_RANDOM 00 00\n")
	grow(t, file, parts[2])
	p.Out.Await(t, "a2 CHECK")
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.Wait(t); code != 0 || strings.Count(p.Err.String(), "\n") != 1 {
		t.Errorf("exit code %d, and said\n%s", code, p.Err)
	}
}

// TestKeysComeLate: a key log that is written after the records of a capture that grows opens
// them all the same.
func TestKeysComeLate(t *testing.T) {
	var parts [2]string
	for i, name := range []string{"testdata/keys/curl--dovecot-imaps.pcapng", "testdata/keys/curl--dovecot-imaps.keys"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = string(b)
	}
	capture, keys := parts[0], parts[1]
	dir := t.TempDir()
	file := filepath.Join(dir, "growing.pcapng")
	grow(t, file, capture[:4000])
	p := startReading(t, dir, "decode", "-q", "--follow", "--port", "14361", "--keylog", "keys", "growing.pcapng")
	p.Out.Await(t, "TLS from here on")
	p.Err.Await(t, "waiting for the key log")
	grow(t, filepath.Join(dir, "keys"), keys[:len(keys)/2])
	grow(t, file, capture[4000:])
	grow(t, filepath.Join(dir, "keys"), keys[len(keys)/2:])
	p.Out.Await(t, "A004 SEARCH SUBJECT")
	proxytest.Eventually(t, "three LOGOUT", func() bool { return strings.Count(p.Out.String(), "LOGOUT") == 3 })
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.Wait(t); code != 0 {
		t.Errorf("exit code %d, and said\n%s", code, p.Err)
	}
}

// TestFollowedFileEnds: a file that is cut is an error in one line, after what was in it.
func TestFollowedFileEnds(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "growing.pcapng")
	grow(t, file, recordedParts(t, "NOOP")[0])
	p := startReading(t, dir, "decode", "-q", "--follow", "growing.pcapng")
	p.Out.Await(t, "a0 NOOP")
	if err := os.Truncate(file, 100); err != nil {
		t.Fatal(err)
	}
	if code := p.Wait(t); code != 2 || !strings.Contains(p.Err.String(), "it was cut while it was followed") || strings.Count(p.Err.String(), "\n") != 1 {
		t.Errorf("exit code %d, and said\n%s", code, p.Err)
	}
}

// TestInspectFollows: the inspector shows what comes, and leaves as ever.
func TestInspectFollows(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "growing.pcapng")
	parts := recordedParts(t, "NOOP", "CAPABILITY", "CHECK")
	grow(t, file, parts[0])
	term := proxytest.Tmux(t, dir, []string{"TZ=UTC", "LC_ALL=C.UTF-8"}, proxytest.Peer(t, "imapscope", "imapscope"),
		"inspect", "--follow", "--keylog", "keys", "growing.pcapng")
	term.Await(t, "a0 NOOP")
	grow(t, file, parts[1])
	term.Await(t, "a1 CAPABILITY")
	grow(t, file, parts[2])
	term.Await(t, "a2 CHECK")
	term.Keys(t, "q")
	term.AwaitEnd(t)
}

// TestRecordTLS: with --record-tls a recording has the client's TLS and its keys, and nothing
// in plaintext; what the proxy shows is the conversation as ever.
func TestRecordTLS(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	file := filepath.Join(dir, "tls.pcapng")
	addr := freeAddr(t)
	p := startReading(t, dir, "proxy", "-q", "--client-tls", "implicit", "--upstream", answering(t), "--listen", addr, "-w", "tls.pcapng", "--record-tls")
	p.Err.Await(t, "Ctrl-C ends it\n")
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
	if err := ask(c, "a LOGIN fred secretword"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	p.Out.Await(t, "a LOGIN fred ********")
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.Wait(t); code != 0 || !strings.Contains(p.Err.String(), "imapscope: recording to tls.pcapng as TLS with its keys, passwords included\n") {
		t.Errorf("exit code %d, and said\n%s", code, p.Err)
	}
	b, err := os.ReadFile(file)
	if err != nil || bytes.Contains(b, []byte("LOGIN")) || bytes.Count(b, []byte("CLIENT_TRAFFIC_SECRET_0 ")) != 1 {
		t.Errorf("%v, a recording with plaintext, or without keys", err)
	}
	var facts capturetest.Facts
	src := pcap.Files([]string{file}, pcap.Options{})
	if err := src.Run(context.Background(), &facts); err != nil || len(src.Keys()) != 1 || src.Keys()[0].Sessions != 1 {
		t.Errorf("%v, %v", err, src.Keys())
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	var out, errs bytes.Buffer
	if code := run([]string{"decode", "-q", file}, nil, &out, &errs); code != 0 || !strings.Contains(out.String(), "a LOGIN fred ********") {
		t.Errorf("exit code %d, and decode says of the recording\n%s%s", code, &out, &errs)
	}
}

// TestRecordTLSOfClients: what decode finds in a recording of the clients' TLS is what the proxy
// showed of the plaintext, for OpenSSL's clients and GnuTLS's, of both versions, with TLS from
// the first byte and after STARTTLS.
func TestRecordTLSOfClients(t *testing.T) {
	leaktest.Check(t)
	curl := []string{proxytest.Peer(t, "curl", "curl"), "-s", "-k", "-u", "fred:secretword", "-X", "NOOP"}
	for _, c := range []struct {
		name, mode string
		client     []string
	}{
		{"curl 1.3", "implicit", append(curl, "--tlsv1.3", "imaps://ADDR/")},
		{"curl 1.2", "implicit", append(curl, "--tls-max", "1.2", "imaps://ADDR/")},
		{"curl STARTTLS 1.3", "starttls", append(curl, "--ssl-reqd", "imap://ADDR/")},
		{"curl STARTTLS 1.2", "starttls", append(curl, "--ssl-reqd", "--tls-max", "1.2", "imap://ADDR/")},
		{"curl without TLS", "starttls", append(curl, "imap://ADDR/")},
		{"GnuTLS 1.3", "implicit", []string{"gnutls-cli", "--insecure", "HOST", "-p", "PORT"}},
		{"GnuTLS 1.2", "implicit", []string{"gnutls-cli", "--insecure", "--priority", "NORMAL:-VERS-TLS1.3", "HOST", "-p", "PORT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := proxytest.Peer(t, c.client[0], "gnutls-bin")
			dir := t.TempDir()
			t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
			addr := freeAddr(t)
			p := startReading(t, dir, "proxy", "--format", "jsonl", "--client-tls", c.mode, "--upstream", capable(t), "--listen", addr, "-w", "tls.pcapng", "--record-tls")
			p.Err.Await(t, "Ctrl-C ends it\n")
			host, port, _ := net.SplitHostPort(addr)
			var args []string
			for _, a := range c.client[1:] {
				args = append(args, strings.NewReplacer("ADDR", addr, "HOST", host, "PORT", port).Replace(a))
			}
			client := exec.Command(program, args...)
			in, err := client.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Start(); err != nil {
				t.Fatal(err)
			}
			if c.client[0] == "gnutls-cli" {
				fmt.Fprint(in, "a LOGIN fred secretword\r\nb NOOP\r\nc LOGOUT\r\n")
				p.Out.Await(t, `"command":"LOGOUT"`)
			}
			in.Close()
			client.Wait() // its exit code is its own matter
			p.Out.Await(t, `"type":"close"`)
			if err := p.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			p.Wait(t)
			var out, errs bytes.Buffer
			run([]string{"decode", "--format", "jsonl", filepath.Join(dir, "tls.pcapng")}, nil, &out, &errs)
			want, got := withoutTimes(t, p.Out.String()), withoutTimes(t, out.String())
			if want != got || strings.Count(got, "\n") < 3 {
				t.Errorf("the proxy showed\n%s\nand decode finds\n%s\n%s", want, got, &errs)
			}
		})
	}
}

// capable returns the address of a server that has capabilities, and answers every command
// with OK.
func capable(t *testing.T) string {
	t.Helper()
	return serving(t, func(c *net.TCPConn) {
		fmt.Fprint(c, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
		for lines := bufio.NewScanner(c); lines.Scan(); {
			tag, command, _ := strings.Cut(lines.Text(), " ")
			switch command {
			case "CAPABILITY":
				fmt.Fprint(c, "* CAPABILITY IMAP4rev1\r\n")
			case "LOGOUT":
				fmt.Fprintf(c, "* BYE\r\n%s OK done\r\n", tag)
				return
			}
			fmt.Fprintf(c, "%s OK done\r\n", tag)
		}
	})
}

// withoutTimes returns the transactions of JSON lines without their times.
func withoutTimes(t *testing.T, lines string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(lines) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		if fields["type"] != "transaction" {
			continue
		}
		for _, name := range []string{"time", "end", "ms"} {
			delete(fields, name)
		}
		b, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(b, '\n'))
	}
	return out.String()
}

// TestSniffRecords: sniff -w records what it shows, with the keys of --keylog, in files as the
// proxy's; with --mask-secrets it has neither the password nor keys. It needs the right to
// open a packet socket.
func TestSniffRecords(t *testing.T) {
	for _, mask := range []bool{false, true} {
		dir := t.TempDir()
		server := answering(t)
		_, port, _ := net.SplitHostPort(server)
		grow(t, filepath.Join(dir, "keys"), "CLIENT_RANDOM 0123 4567\n")
		args := []string{"sniff", "-q", "-i", "lo", "--port", port, "--keylog", "keys", "-w", "r.pcapng", "--rotate-size", "100000"}
		if mask {
			args = append(args, "--mask-secrets")
		}
		p := startReading(t, dir, args...)
		for i := 0; !strings.Contains(p.Err.String(), "recording to r.pcapng"); i++ {
			select {
			case <-p.Done():
				if strings.Contains(p.Err.String(), "CAP_NET_RAW") {
					proxytest.Missing(t, "the right to open a packet socket: run as root")
				}
				t.Fatalf("it ended:\n%s", p.Err)
			case <-time.After(10 * time.Millisecond):
			}
		}
		c, err := net.Dial("tcp", server)
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"a LOGIN fred secretword", "b NOOP"} {
			if err := ask(c, command); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
		p.Out.Await(t, "b NOOP")
		if err := p.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if code := p.Wait(t); code != 0 {
			t.Errorf("exit code %d\n%s", code, p.Err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "r-00001.pcapng"))
		password, keys := bytes.Contains(b, []byte("secretword")), bytes.Contains(b, []byte("CLIENT_RANDOM 0123 4567\n"))
		if err != nil || !bytes.Contains(b, []byte("b NOOP")) || password == mask || keys == mask {
			t.Errorf("masked: %t, %v: password %t, keys %t, in %d bytes", mask, err, password, keys, len(b))
		}
	}
}

// TestSniffRecordingRefused: what a recording needs, and what it does not replace, is as
// with proxy.
func TestSniffRecordingRefused(t *testing.T) {
	dir := t.TempDir()
	grow(t, filepath.Join(dir, "mine"), "mine")
	for args, want := range map[string]string{
		"--rotate-size 1000": "go with -w FILE\n",
		"-w mine":            "mine is not overwritten: file already exists (--force replaces it)\n",
	} {
		p := startReading(t, dir, append([]string{"sniff", "-i", "lo"}, strings.Fields(args)...)...)
		if code := p.Wait(t); code != 2 || !strings.HasSuffix(p.Err.String(), want) {
			if strings.Contains(p.Err.String(), "CAP_NET_RAW") {
				proxytest.Missing(t, "the right to open a packet socket: run as root")
			}
			t.Errorf("%s: exit code %d, and said\n%s", args, code, p.Err)
		}
	}
}
