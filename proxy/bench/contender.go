package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// contender is something that can stand between a client and a server.
type contender struct {
	name  string // for -only, and in errors
	title string // in the table
	start func(ctx context.Context, h here) (*process, error)

	decodes bool // it says in the end how many octets it saw
	records bool // to h.recording()
	tls     bool // clients speak TLS: only its memory is compared
	forks   bool // a process for each connection: processor time and memory are not compared
}

// here is what a contender is started with.
type here struct {
	dir       string // its own, for this start
	server    string // host:port
	imapscope string // the program
}

func (h here) recording() string { return filepath.Join(h.dir, "bench.pcapng") }

const (
	copying   = "copy"
	recording = "record"
	python    = "mitmproxy"
)

// contenders are the rows of the table. A nil start is no relay at all.
func contenders() []contender {
	return []contender{
		{name: "direct", title: "no relay"},
		{name: copying, title: "Go relay, 64 KiB buffer", start: startRole("copy")},
		{name: "splice", title: "Go relay, splice", start: startRole("splice")},
		{name: "haproxy", title: "HAProxy", start: startHAProxy},
		{name: "socat", title: "socat", start: startSocat, forks: true},
		{name: python, title: "mitmproxy", start: startMitmproxy},
		{name: "off", title: "imapscope, passing on", start: startImapscope()},
		{name: "decode", title: "imapscope, decoding", start: startImapscope("--stats"), decodes: true},
		{name: recording, title: "imapscope, decoding and recording", start: startImapscope("--stats", "-w"), decodes: true, records: true},
		{name: "tls", title: "imapscope, decoding, TLS to clients", start: startImapscope("--stats", "--client-tls", "implicit"), decodes: true, tls: true},
	}
}

// startRole starts this program as one of its roles.
func startRole(role string) func(context.Context, here) (*process, error) {
	return func(ctx context.Context, h here) (*process, error) {
		return start(ctx, roleCommand(ctx, role, h.server), "")
	}
}

func roleCommand(ctx context.Context, role, arg string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], arg)
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	return cmd
}

func startImapscope(flags ...string) func(context.Context, here) (*process, error) {
	return func(ctx context.Context, h here) (*process, error) {
		args := append([]string{"proxy", "--listen", "127.0.0.1:0", "--upstream", h.server, "--format", "none"}, flags...)
		if flags != nil && flags[len(flags)-1] == "-w" {
			args = append(args, h.recording())
		}
		cmd := exec.CommandContext(ctx, h.imapscope, args...)
		cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+h.dir, "SSLKEYLOGFILE=")
		return start(ctx, cmd, "")
	}
}

// startHAProxy starts it with as many threads as it chooses.
func startHAProxy(ctx context.Context, h here) (*process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(h.dir, "haproxy.cfg")
	text := fmt.Sprintf(`global
	maxconn 4000
defaults
	mode tcp
	timeout connect 10s
	timeout client 1h
	timeout server 1h
listen imap
	bind %s
	server imap %s
`, addr, h.server)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return start(ctx, exec.CommandContext(ctx, program("haproxy"), "-db", "-f", config), addr)
}

// startSocat starts it with a process for each connection, and a buffer of 64 KiB.
func startSocat(ctx context.Context, h here) (*process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program("socat"), "-b", "65536",
		"TCP-LISTEN:"+port+",bind=127.0.0.1,fork,reuseaddr,backlog=1024", "TCP:"+h.server)
	return start(ctx, cmd, addr)
}

func startMitmproxy(ctx context.Context, h here) (*process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program("mitmdump"), "-q", "--mode", "reverse:http://"+h.server,
		"--tcp-hosts", ".*", "--listen-host", "127.0.0.1", "-p", port, "--set", "confdir="+h.dir)
	return start(ctx, cmd, addr)
}

// program is where a program is, "" if it is not installed.
func program(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		path = filepath.Join("/usr/sbin", name) // not on everybody's PATH
		if _, err := os.Stat(path); err != nil {
			return ""
		}
	}
	return path
}

// version is what a program says its version is, in a few words.
func version(ctx context.Context, name, flag string) string {
	path := program(name)
	if path == "" {
		return name + " not installed"
	}
	out, err := exec.CommandContext(ctx, path, flag).Output()
	if err != nil {
		return name + " of unknown version"
	}
	for _, word := range strings.Fields(string(out)) {
		if word[0] >= '0' && word[0] <= '9' {
			return name + " " + word
		}
	}
	return name
}

// needs are the programs that contenders are, by contender.
func needs() map[string]string {
	return map[string]string{"haproxy": "haproxy", "socat": "socat", python: "mitmdump"}
}
