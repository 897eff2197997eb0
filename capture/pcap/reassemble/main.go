// Command reassemble reads captures and reassembles their TCP connections with gopacket alone, for comparison.
//
//	go run ./capture/pcap/reassemble big.pcap
//
// With gopacket's own decoders and assembler it does what every program must do that reads
// IMAP from a capture, and nothing else. It prints the number of bytes and of connections.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/reassembly"
)

func main() {
	for _, name := range os.Args[1:] {
		n, err := reassemble(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, "reassemble:", err)
			os.Exit(2)
		}
		fmt.Printf("%s: %d bytes of %d connections\n", name, n.bytes, n.conns)
	}
}

// counts holds what was reassembled.
type counts struct {
	bytes int64
	conns int
}

// maxHeld bounds the pages (of 2 kB or so) that wait for missing packets; all connections
// together, and one.
const maxHeld, maxHeldOfOne = 1 << 14, 1 << 9

// reassemble reads a pcap file of Ethernet packets.
func reassemble(name string) (*counts, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := pcapgo.NewReader(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	n := new(counts)
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(n))
	assembler.MaxBufferedPagesTotal, assembler.MaxBufferedPagesPerConnection = maxHeld, maxHeldOfOne
	var (
		ethernet layers.Ethernet
		ip       layers.IPv4
		tcp      layers.TCP
		payload  gopacket.Payload
		decoded  []gopacket.LayerType
	)
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ethernet, &ip, &tcp, &payload)
	for {
		data, info, err := r.ZeroCopyReadPacketData()
		if errors.Is(err, io.EOF) {
			assembler.FlushAll()
			return n, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := parser.DecodeLayers(data, &decoded); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(decoded) < 3 || decoded[2] != layers.LayerTypeTCP {
			continue
		}
		assembler.AssembleWithContext(ip.NetworkFlow(), &tcp, &packetInfo{info})
	}
}

// packetInfo is what gopacket wants to know of a packet.
type packetInfo struct{ info gopacket.CaptureInfo }

func (p *packetInfo) GetCaptureInfo() gopacket.CaptureInfo { return p.info }

// New counts a connection that begins; what follows after its end is not another one.
func (n *counts) New(_, _ gopacket.Flow, tcp *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	if tcp.SYN && !tcp.ACK {
		n.conns++
	}
	return stream{n}
}

// A stream is a connection.
type stream struct{ n *counts }

// Accept takes every packet, also of connections that began before the capture.
func (stream) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection, _ reassembly.Sequence, start *bool, _ reassembly.AssemblerContext) bool {
	*start = true
	return true
}

// ReassembledSG fetches bytes in order, as a decoder would.
func (s stream) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	n, _ := sg.Lengths()
	s.n.bytes += int64(len(sg.Fetch(n)))
}

// ReassemblyComplete reports that a connection that has ended can be forgotten.
func (stream) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }
