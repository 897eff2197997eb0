package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// What proxy/bench measures, as its JSON calls it.
const (
	bulkRate quantity = "bulk_octets_per_second"
	noopP50  quantity = "noop_p50_seconds"
	noopP99  quantity = "noop_p99_seconds"
	relayCPU quantity = "cpu_seconds_per_gb"
	idleSize quantity = "octets_per_idle_connection"
)

// relayBytes is the number of bytes that each relay passes on in a round.
const relayBytes = 512_000_000

// Relays, as proxy/bench names them.
const (
	copying   = "copy"
	recording = "record"
)

// A relayReport is what proxy/bench writes as JSON.
type relayReport struct {
	Rows   []string          `json:"rows"`
	Titles map[string]string `json:"titles"`
	Rounds runs              `json:"rounds"`
}

// relays has proxy/bench measure an imapscope program and what it is compared with, and
// returns what came of it.
func (b *bench) relays(ctx context.Context, imapscope string, rounds int, only string) (*relayReport, error) {
	file := filepath.Join(b.tmp, "relay.json")
	args := []string{"-json", file, "-imapscope", imapscope, "-dir", b.tmp, "-only", only,
		"-rounds", strconv.Itoa(rounds), "-bytes", strconv.FormatInt(min(relayBytes, b.max), 10)}
	if b.quick {
		args = append(args, "-quick")
	} else if err := b.roomFor(3 * relayBytes); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, b.programs[relayDir], args...)
	cmd.Stderr = b.log
	endWithParent(cmd)
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := new(relayReport)
	return r, json.Unmarshal(text, r)
}

// measureRelay compares the proxy with other relays.
func (b *bench) measureRelay(ctx context.Context) (table, error) {
	r, err := b.relays(ctx, b.programs[imapscopeDir], b.rounds, "")
	if err != nil {
		return table{}, err
	}
	return r.table(), nil
}

func (r *relayReport) table() table {
	t := table{
		head: []string{"", "MB/s", "×", "p50 ×", "p99 ×", "CPU s/GB", "KiB/idle"},
		note: "Mails fetched over loopback, everything on the same cores; p50 and p99 are of a NOOP's round trip; × is the ratio to the Go relay with a buffer, which only copies; KiB/idle is the memory for an idle connection.",
	}
	for _, name := range r.Rows {
		if len(r.Rounds[name]) == 0 {
			continue // it is not installed
		}
		t.rows = append(t.rows, []string{r.Titles[name],
			r.Rounds.cell(name, bulkRate, func(v float64) string { return fmt.Sprintf("%.0f", v/1e6) }),
			r.Rounds.ratioCell(name, copying, bulkRate),
			r.Rounds.ratioCell(name, copying, noopP50),
			r.Rounds.ratioCell(name, copying, noopP99),
			r.Rounds.cell(name, relayCPU, figure),
			r.Rounds.cell(name, idleSize, func(v float64) string { return figure(v / (1 << 10)) }),
		})
	}
	return t
}

// ratioCell returns the median of the ratios of a quantity to another contender's.
func (r runs) ratioCell(name, to string, q quantity) string {
	s, ok := r.ratio(name, to, q)
	if !ok {
		return absentCell
	}
	return figure(s.median)
}
