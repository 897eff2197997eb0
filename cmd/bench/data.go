package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// A spec describes a capture.
type spec struct {
	bytes   int64  // about
	conns   int    // at once
	dialect string // as samples/traffic/gen has it
	mix     string // likewise; "" is its default
}

// quickMax is the size of the largest capture of a quick run.
const quickMax = 400_000

// spare is the room on disk beside captures: for programs, for what they write of captures
// of decodeBytes, and for sessions that end after a capture has reached its size.
const spare = 600_000_000

// A capture is a file that samples/traffic/gen wrote.
type capture struct {
	spec
	file string
	size int64 // of the file
}

// generate writes captures; it returns an error, before it begins, if there is no room.
func (b *bench) generate(ctx context.Context, specs ...spec) ([]capture, error) {
	need := int64(0)
	for _, s := range specs {
		need += s.bytes
	}
	if err := b.roomFor(need); err != nil {
		return nil, err
	}
	var list []capture
	for _, s := range specs {
		name := fmt.Sprintf("%s%s-%d-%d.pcap", s.dialect, s.mix, s.bytes, s.conns)
		c := capture{spec: s, file: filepath.Join(b.tmp, name)}
		fmt.Fprintf(b.log, "generating %s, %d connections at once\n", formatSize(s.bytes), s.conns)
		args := []string{"-o", c.file, "-bytes", strconv.FormatInt(s.bytes, 10), "-conns", strconv.Itoa(s.conns), "-dialect", s.dialect, "-loss", "0.05"}
		if s.mix != "" {
			args = append(args, "-mix", s.mix)
		}
		cmd := exec.CommandContext(ctx, b.programs[genDir], args...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("generating a capture: %w: %s", err, bytes.TrimSpace(out))
		}
		info, err := os.Stat(c.file)
		if err != nil {
			return nil, err
		}
		c.size = info.Size()
		list = append(list, c)
	}
	return list, nil
}

// roomFor returns an error if so many bytes do not fit the disk with the captures.
func (b *bench) roomFor(need int64) error {
	free, err := freeIn(b.tmp)
	if err != nil {
		return err
	}
	return room(b.tmp, need, free)
}

// room returns an error if so many bytes do not fit a folder that has those free.
func room(dir string, need, free int64) error {
	if free >= need+spare {
		return nil
	}
	return fmt.Errorf("%s has %s free, and this needs %s: use a smaller -max, or another folder (-dir)", dir, formatSize(free), formatSize(need+spare))
}

// remove removes captures; what remains goes with the bench.
func remove(list []capture) {
	for _, c := range list {
		_ = os.Remove(c.file) // Close removes it
	}
}
