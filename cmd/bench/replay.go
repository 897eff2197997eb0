package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

const (
	answered   quantity = "answered"    // commands per second
	serverTime quantity = "server time" // like cpuTime
)

// The load on the server.
const (
	replayClients  = 50
	replayRepeats  = 60 // sessions of each client,
	quickRepeats   = 1
	replayCommands = 10 // of about so many commands each
)

// measureReplay compares replay as a load test with a client that only sends and reads.
func (b *bench) measureReplay(ctx context.Context) (table, error) {
	captures, err := b.generate(ctx, spec{bytes: min(b.max, 2_000_000), conns: replayClients, dialect: "imap2"})
	if err != nil {
		return table{}, err
	}
	defer remove(captures)
	list := []contender{
		{name: "bare", title: "a client that only sends NOOP and reads", run: func(ctx context.Context) (sample, error) {
			return b.bareClients(ctx, 1, replayCommands*b.repeats())
		}},
		{name: "connecting", title: "the same, connecting as often as replay", run: func(ctx context.Context) (sample, error) {
			return b.bareClients(ctx, b.repeats(), replayCommands)
		}},
		{name: "replay", title: "imapscope replay", run: func(ctx context.Context) (sample, error) {
			return b.replay(ctx, b.programs[imapscopeDir], captures[0])
		}},
	}
	r, err := alternate(ctx, b.rounds, list, b.log)
	if err != nil {
		return table{}, err
	}
	t := table{
		head: []string{"", "commands/s", "×", "CPU µs/command", "the server's", "peak MB"},
		note: fmt.Sprintf("%d clients at once, on the same cores as a server that answers OK to each command; from start to end of the program, reading the capture included. A session of the capture has %d commands, about.", replayClients, replayCommands),
	}
	for _, c := range list {
		t.rows = append(t.rows, []string{c.title,
			r.cell(c.name, answered, func(v float64) string { return fmt.Sprintf("%.0f", v) }),
			r.ratioCell(c.name, "bare", answered),
			r.cell(c.name, cpuTime.perCommand(), func(v float64) string { return figure(v * 1e6) }),
			r.cell(c.name, serverTime.perCommand(), func(v float64) string { return figure(v * 1e6) }),
			r.cell(c.name, peak, func(n float64) string { return fmt.Sprintf("%.0f", n/1e6) }),
		})
	}
	return t, nil
}

// perCommand returns the quantity that is q for each command.
func (q quantity) perCommand() quantity { return q + " per command" }

// commands adds to a sample what follows from the number of commands that were answered.
func (s sample) commands(n int) sample {
	s[answered] = float64(n) / s[wallTime]
	s[cpuTime.perCommand()] = s[cpuTime] / float64(n)
	s[serverTime.perCommand()] = s[serverTime] / float64(n)
	return s
}

// served stops the server, and adds to a sample what it took.
func (s sample) served(by *server) sample {
	by.stop()
	s[serverTime] = by.cpu()
	return s
}

// repeats returns the number of sessions of each client.
func (b *bench) repeats() int {
	if b.quick {
		return quickRepeats
	}
	return replayRepeats
}

// bareClients has clients send so many commands on each of their connections.
func (b *bench) bareClients(ctx context.Context, conns, commands int) (sample, error) {
	s, err := startServer(ctx, serverRole)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	cmd, err := roleCommand(ctx, clientsRole, s.addr, strconv.Itoa(replayClients), strconv.Itoa(conns), strconv.Itoa(commands))
	if err != nil {
		return nil, err
	}
	took, err := measured(cmd)
	if err != nil {
		return nil, err
	}
	return took.served(s).commands(replayClients * conns * commands), nil
}

// replay has an imapscope program replay the sessions of a capture.
func (b *bench) replay(ctx context.Context, imapscope string, c capture) (sample, error) {
	s, err := startServer(ctx, serverRole)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	result := filepath.Join(b.tmp, "replay.jsonl")
	out, err := os.Create(result)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, imapscope, "replay", c.file, "--to", s.addr, "--format", "jsonl",
		"--clients", strconv.Itoa(replayClients), "--repeat", strconv.Itoa(b.repeats()))
	cmd.Stdout = out
	took, err := measured(cmd, 1) // the server's OK differs from a recorded NO
	if err != nil {
		return nil, err
	}
	n, err := answeredIn(result)
	if err != nil {
		return nil, err
	}
	return took.served(s).commands(n), nil
}
