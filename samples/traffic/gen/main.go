// Command gen writes a synthetic capture.
//
//	go run ./samples/traffic/gen -o big.pcap -bytes 200M -mix mixed -dialect imap4rev1 -conns 64 -loss 0.1 -reorder 1
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"imapscope/samples/traffic"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(2)
	}
}

func run() error {
	out := flag.String("o", "", "the `file` to write; - is standard output")
	size := flag.String("bytes", "1M", "its `size`; K, M and G are understood")
	mix := flag.String("mix", "mixed", "what the clients do: mixed, headers, bodies or short")
	dialect := flag.String("dialect", "imap2", "what they speak: imap2 or imap4rev1")
	conns := flag.Int("conns", 8, "connections at once")
	loss := flag.Float64("loss", 0, "`percent` of the packets with data that are missing")
	reorder := flag.Float64("reorder", 0, "`percent` of the packets with data that come late")
	seed := flag.Uint64("seed", 0, "another seed, another capture")
	mss := flag.Int("mss", 1460, "bytes of data in a packet")
	port := flag.Uint("port", 143, "the server's port")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		return errors.New("name the file to write: -o FILE (- is standard output)")
	}
	o := traffic.Options{Conns: *conns, LossPercent: *loss, ReorderPercent: *reorder, Seed: *seed, MSS: *mss}
	var err error
	if o.Bytes, err = parseSize(*size); err != nil {
		return err
	}
	if o.Mix, err = traffic.ParseMix(*mix); err != nil {
		return err
	}
	if o.Dialect, err = traffic.ParseDialect(*dialect); err != nil {
		return err
	}
	if *port == 0 || *port > 65535 {
		return fmt.Errorf("no such port: %d", *port)
	}
	o.Port = uint16(*port)

	f := os.Stdout
	if *out != "-" {
		if f, err = os.Create(*out); err != nil {
			return err
		}
	}
	summary, err := traffic.Write(f, o)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	e := json.NewEncoder(os.Stderr)
	e.SetIndent("", "  ")
	return e.Encode(summary)
}

// parseSize reads 4096, 64K, 200M or 2G.
func parseSize(s string) (int64, error) {
	number, shift := s, 0
	for i, unit := range []string{"K", "M", "G"} {
		if n, ok := strings.CutSuffix(strings.ToUpper(s), unit); ok {
			number, shift = n, 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > 1<<62>>shift {
		return 0, fmt.Errorf("not a size: %q (4096, 64K, 200M, 2G)", s)
	}
	return n << shift, nil
}
