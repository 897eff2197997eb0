package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
)

// roleVar makes a process of this program one of the roles.
const roleVar = "IMAPSCOPE_BENCH_ROLE"

// The roles. The server writes its address as its first line, and serves until it is
// killed. The clients' arguments are the server, their number, that of the connections of each, one
// after the other, and that of the commands on each connection.
const (
	serverRole  = "server"
	clientsRole = "clients"
)

func playRole(role string, args []string) error {
	switch {
	case role == serverRole && len(args) == 0:
		return serve()
	case role == clientsRole && len(args) == 4:
		clients, err := strconv.Atoi(args[1])
		conns, err2 := strconv.Atoi(args[2])
		commands, err3 := strconv.Atoi(args[3])
		if err := errors.Join(err, err2, err3); err != nil {
			return err
		}
		return sendAll(args[0], clients, conns, commands)
	}
	return fmt.Errorf("%s: no role %q with %d arguments", roleVar, role, len(args))
}

// serve serves clients until it cannot.
func serve() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Println(l.Addr()); err != nil {
		return err
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			_ = answer(c, c) // the client notices
		}()
	}
}

// answer answers OK to each command, and "+" to each literal, until LOGOUT.
func answer(r io.Reader, w io.Writer) error {
	if _, err := io.WriteString(w, "* OK ready\r\n"); err != nil {
		return err
	}
	in := bufio.NewReader(r)
	tag, logout := "", false
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		if tag == "" {
			words := strings.Fields(line)
			if len(words) < 2 {
				return fmt.Errorf("not a command: %q", line)
			}
			tag, logout = words[0], strings.EqualFold(words[1], "LOGOUT")
		}
		if n, ok := literal(line); ok {
			if _, err := io.WriteString(w, "+ go on\r\n"); err != nil {
				return err
			}
			if _, err := in.Discard(n); err != nil {
				return err
			}
			continue
		}
		if _, err := io.WriteString(w, tag+" OK done\r\n"); err != nil || logout {
			return err
		}
		tag = ""
	}
}

// literal returns the length of the literal that a line announces.
func literal(line string) (n int, ok bool) {
	line, ok = strings.CutSuffix(strings.TrimRight(line, "\r\n"), "}")
	i := strings.LastIndexByte(line, '{')
	if !ok || i < 0 {
		return 0, false
	}
	n, err := strconv.Atoi(line[i+1:])
	return n, err == nil && n >= 0
}

// sendAll has clients send so many NOOPs on each connection, one after the other's answer.
func sendAll(addr string, clients, conns, commands int) error {
	var wg sync.WaitGroup
	errs := make([]error, clients)
	for i := range errs {
		wg.Go(func() {
			for k := 0; k < conns && errs[i] == nil; k++ {
				errs[i] = send(addr, commands)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// send is one connection of a client.
func send(addr string, commands int) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	in := bufio.NewReader(c)
	if _, err := in.ReadSlice('\n'); err != nil {
		return err
	}
	for range commands {
		if _, err := io.WriteString(c, "a NOOP\r\n"); err != nil {
			return err
		}
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if string(line) != "a OK done\r\n" {
			return fmt.Errorf("the answer to NOOP is %q", line)
		}
	}
	return nil
}

// answeredIn returns the number of commands that were answered, by the JSON lines of replay.
func answeredIn(file string) (int, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var line struct {
			Type  string
			Count int
		}
		if err := d.Decode(&line); err != nil {
			return 0, fmt.Errorf("%s: no line that counts the commands: %w", file, err)
		}
		if line.Type == "latency-all" && line.Count > 0 {
			return line.Count, nil
		}
	}
}
