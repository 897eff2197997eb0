package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

// roleVar makes a process of this program one of the roles.
const roleVar = "IMAPSCOPE_BENCH_ROLE"

// A role listens, says where in its first line, and serves until it is killed. Its
// argument is the size of the mailbox for the server, the server for a relay.
func roles() map[string]func(arg string) (func(*net.TCPConn), error) {
	return map[string]func(string) (func(*net.TCPConn), error){
		"server": serverRole,
		"copy":   relayRole(copyThrough),
		"splice": relayRole(spliceThrough),
	}
}

// playRole never returns without an error.
func playRole(name, arg string) error {
	role, ok := roles()[name]
	if !ok {
		return fmt.Errorf("%s: there is no role %q", roleVar, name)
	}
	serve, err := role(arg)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(os.Stdout, "listening on %s\n", l.Addr()); err != nil {
		return err
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go serve(c.(*net.TCPConn))
	}
}

// serverRole is a server with one mailbox that answers what the load asks.
func serverRole(arg string) (func(*net.TCPConn), error) {
	octets, err := strconv.Atoi(arg)
	if err != nil {
		return nil, err
	}
	box := newMailbox(octets)
	return func(c *net.TCPConn) {
		defer c.Close()
		_ = box.serve(c) // the client notices
	}, nil
}

// serve answers one client until it says LOGOUT.
func (m mailbox) serve(c *net.TCPConn) error {
	if _, err := io.WriteString(c, "* OK mail.example IMAP2 service ready\r\n"); err != nil {
		return err
	}
	in := bufio.NewReaderSize(c, 1<<10)
	var out []byte
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		verb, _, _ := strings.Cut(command, " ")
		out = out[:0]
		status := "OK"
		switch verb {
		case "LOGIN", "NOOP":
		case "SELECT":
			out = fmt.Appendf(out, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\r\n* %d EXISTS\r\n* 0 RECENT\r\n", m.mails)
		case "FETCH":
			mails := m.first
			if strings.Contains(command, ":") {
				mails = m.fetch
			}
			if _, err := c.Write(mails); err != nil {
				return err
			}
		case "LOGOUT":
			out = append(out, "* BYE mail.example ends\r\n"...)
		default:
			status = "BAD"
		}
		out = fmt.Appendf(out, "%s %s %s completed\r\n", tag, status, verb)
		if _, err := c.Write(out); err != nil || verb == "LOGOUT" {
			return err
		}
	}
}

// relayRole passes everything on with pass, both ways.
func relayRole(pass func(dst, src *net.TCPConn) error) func(string) (func(*net.TCPConn), error) {
	return func(server string) (func(*net.TCPConn), error) {
		return func(client *net.TCPConn) {
			defer client.Close()
			c, err := net.Dial("tcp", server)
			if err != nil {
				return
			}
			defer c.Close()
			up, done := c.(*net.TCPConn), make(chan struct{})
			go func() {
				defer close(done)
				_ = errors.Join(pass(up, client), up.CloseWrite()) // the other side notices
			}()
			_ = errors.Join(pass(client, up), client.CloseWrite())
			<-done
		}, nil
	}
}

// copyThrough copies through a buffer of 64 KiB: the struct hides that a TCPConn can
// splice.
func copyThrough(dst, src *net.TCPConn) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{dst}, struct{ io.Reader }{src}, make([]byte, 64<<10))
	return err
}

func spliceThrough(dst, src *net.TCPConn) error {
	_, err := io.Copy(dst, src)
	return err
}
