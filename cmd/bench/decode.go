package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Sizes of the captures of the table of verbs.
const (
	decodeBytes = 100_000_000
	reportBytes = 5_000_000 // a page shows every byte, so no one makes one of much more
)

// A verb is one of imapscope's that reads a capture.
type verb struct {
	name  string
	args  []string // FILE is the capture's name, OUT that of what is written
	exits []int    // other than 0: check and why exit 1 where they find something
	short bool     // reads the small capture
}

func verbs() []verb {
	return []verb{
		{name: "decode --format none", args: []string{"decode", "--format", "none", "FILE"}},
		{name: "decode", args: []string{"decode", "FILE"}},
		{name: "decode --format jsonl", args: []string{"decode", "--format", "jsonl", "FILE"}},
		{name: "check", args: []string{"check", "FILE"}, exits: []int{1}},
		{name: "why", args: []string{"why", "FILE"}, exits: []int{1}},
		{name: "redact", args: []string{"redact", "FILE", "OUT.pcapng"}},
		{name: "export --as parquet", args: []string{"export", "FILE", "--as", "parquet", "-o", "OUT.parquet"}},
		{name: "report", args: []string{"report", "FILE", "-o", "OUT.html"}, short: true},
	}
}

// contender returns the verb of an imapscope program that reads c.
func (b *bench) contender(v verb, imapscope string, c capture) contender {
	return contender{name: v.name, title: "imapscope " + v.name, bytes: c.size, run: func(ctx context.Context) (sample, error) {
		out, err := os.MkdirTemp(b.tmp, "out")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(out) //nolint:errcheck // Close removes it
		var args []string
		for _, a := range v.args {
			switch {
			case a == "FILE":
				a = c.file
			case len(a) > 3 && a[:3] == "OUT":
				a = filepath.Join(out, a)
			}
			args = append(args, a)
		}
		return measured(exec.CommandContext(ctx, imapscope, args...), v.exits...)
	}}
}

// command returns a contender that runs a program with these arguments.
func command(name, title string, bytes int64, args ...string) contender {
	return contender{name: name, title: title, bytes: bytes, run: func(ctx context.Context) (sample, error) {
		return measured(exec.CommandContext(ctx, args[0], args[1:]...))
	}}
}

// The contenders that others are compared with.
const (
	bare   = "reassemble"
	tshark = "tshark"
)

// tsharkOn returns tshark printing the commands of a capture.
func tsharkOn(name, program string, c capture) contender {
	return command(name, "tshark -T fields", c.size, program, "-r", c.file, "-T", "fields", "-e", "imap.request.command")
}

// measureDecode compares the verbs that read captures with what else reads them.
func (b *bench) measureDecode(ctx context.Context) (table, error) {
	captures, err := b.generate(ctx,
		spec{bytes: min(b.max, decodeBytes), conns: 64, dialect: "imap4rev1"},
		spec{bytes: min(b.max, reportBytes), conns: 4, dialect: "imap4rev1"})
	if err != nil {
		return table{}, err
	}
	defer remove(captures)
	big, small := captures[0], captures[1]
	list := []contender{
		command("cat", "cat", big.size, "cat", big.file),
		command(bare, "gopacket alone, reassembling", big.size, b.programs[reassembleDir], big.file),
	}
	for _, v := range verbs() {
		c := big
		if v.short {
			c = small
		}
		list = append(list, b.contender(v, b.programs[imapscopeDir], c))
	}
	if program := program("tshark"); program != "" {
		list = append(list, tsharkOn(tshark, program, big))
	}
	r, err := alternate(ctx, b.rounds, list, b.log)
	if err != nil {
		return table{}, err
	}
	return decodeTable(list, r, big, small), nil
}

// decodeTable returns the table of verbs.
func decodeTable(list []contender, r runs, big, small capture) table {
	t := table{
		head: []string{"", "MB/s", "CPU s/GB", "peak MB", "CPU × gopacket", "CPU × tshark"},
		note: fmt.Sprintf("A capture of %s in IMAP4rev1 with %d connections at once, headers and bodies mixed, 1 packet of 2,000 lost; of %s for `report`.",
			formatSize(big.bytes), big.conns, formatSize(small.bytes)),
	}
	for _, c := range list {
		t.rows = append(t.rows, []string{c.title,
			r.cell(c.name, wallTime, func(s float64) string { return figure(float64(c.bytes) / s / 1e6) }),
			r.cell(c.name, cpuTime, func(s float64) string { return figure(s / float64(c.bytes) * 1e9) }),
			r.cell(c.name, peak, func(n float64) string { return fmt.Sprintf("%.0f", n/1e6) }),
			r.perByte(c, list, bare), r.perByte(c, list, tshark),
		})
	}
	return t
}

// cell returns the median of a quantity as format writes it.
func (r runs) cell(name string, q quantity, format func(float64) string) string {
	s, ok := r.of(name, q)
	if !ok {
		return absentCell
	}
	return format(s.median)
}

// perByte returns the ratio of the processor time of c for each byte to that of another
// contender of the list.
func (r runs) perByte(c contender, list []contender, to string) string {
	for _, other := range list {
		if other.name != to {
			continue
		}
		if s, ok := r.ratio(c.name, to, cpuTime); ok {
			return figure(s.median * float64(other.bytes) / float64(c.bytes))
		}
	}
	return absentCell
}

// figure returns a number in three digits or, where it has more before the point, all those.
func figure(v float64) string {
	switch {
	case v >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case v >= 9.995:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.0995:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}
