package live

import (
	"fmt"

	"golang.org/x/net/bpf"
)

const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100 // 802.1Q
	etherQinQ = 0x88a8 // 802.1ad

	protoTCP      = 6
	protoFragment = 44
	protoAuth     = 51

	snapLength      = 256 << 10 // bytes, as tcpdump's
	maxInstructions = 4096      // the kernel's BPF_MAXINSNS
	maxTags         = 2         // VLAN tags in the frame, in addition to one that the kernel removed
	maxExtensions   = 6         // IPv6 extension headers that are skipped; there are few kinds
)

// extensions are the IPv6 headers that begin with next header and length in
// units of 8 bytes: hop-by-hop, routing, destination, mobility.
var extensions = [...]uint32{0, 43, 60, 135}

// program is an assembler for the kernel's filter: instructions in order, and
// jumps ahead to labels.
type program struct {
	code   []bpf.Instruction
	labels map[string]int
	jumps  map[int]string // by position
}

// filter returns a program that passes TCP from or to the ports, over IPv4 and
// IPv6, tagged or not, and fragments, whose ports are not known. With no ports it
// passes all TCP. The packet starts after its link header, and the accumulator is
// loaded with its EtherType.
func filter(ports []uint16) ([]bpf.Instruction, error) {
	p := &program{labels: map[string]int{}, jumps: map[int]string{}}
	p.emit(bpf.LoadExtension{Num: bpf.ExtProto})
	p.tags()
	p.ipv4(len(ports) == 0)
	p.ipv6(len(ports) == 0)
	p.ports(ports)
	p.label("accept")
	p.emit(bpf.RetConstant{Val: snapLength})
	p.label("drop")
	p.emit(bpf.RetConstant{Val: 0})
	if len(p.code) > maxInstructions {
		return nil, fmt.Errorf("sniff: %d ports are more than a filter holds; listen to any port instead", len(ports))
	}
	return p.link(), nil
}

// tags skips VLAN tags, leaving X at the IP header, and jumps to the code for the IP
// version.
func (p *program) tags() {
	p.emit(bpf.LoadConstant{Dst: bpf.RegX, Val: 0})
	for i := range maxTags {
		tag := fmt.Sprint("tag", i)
		p.when(etherVLAN, tag)
		p.when(etherQinQ, tag)
		p.jump("ip")
		p.label(tag)
		p.emit(bpf.LoadIndirect{Off: 2, Size: 2})
		p.stepX(bpf.LoadConstant{Dst: bpf.RegA, Val: 4})
	}
	p.label("ip")
	p.when(etherIPv4, "ipv4")
	p.when(etherIPv6, "ipv6")
	p.jump("drop")
}

func (p *program) ipv4(anyPort bool) {
	p.label("ipv4")
	p.emit(bpf.LoadIndirect{Off: 9, Size: 1})
	p.unless(protoTCP, "drop")
	if anyPort {
		p.jump("accept")
		return
	}
	p.emit(bpf.LoadIndirect{Off: 6, Size: 2},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0x1fff}) // the fragment's offset
	p.unless(0, "accept")
	p.emit(bpf.LoadIndirect{Off: 0, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0x0f},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 2},
		bpf.ALUOpX{Op: bpf.ALUOpAdd},
		bpf.TAX{})
	p.jump("tcp")
}

func (p *program) ipv6(anyPort bool) {
	p.label("ipv6")
	p.emit(bpf.LoadIndirect{Off: 6, Size: 1})
	p.stepX(bpf.LoadConstant{Dst: bpf.RegA, Val: 40})
	for i := range maxExtensions {
		step := fmt.Sprint("extension", i)
		if anyPort {
			p.when(protoTCP, "accept")
		} else {
			p.when(protoTCP, "tcp")
		}
		p.when(protoFragment, "accept")
		p.when(protoAuth, "accept")
		for _, kind := range extensions {
			p.when(kind, step)
		}
		p.jump("drop")
		p.label(step)
		p.emit(bpf.LoadIndirect{Off: 0, Size: 1})
		p.stepX(bpf.LoadIndirect{Off: 1, Size: 1},
			bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 1},
			bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 3})
	}
	p.jump("accept")
}

// ports returns the end: X is at the TCP header.
func (p *program) ports(ports []uint16) {
	p.label("tcp")
	for _, offset := range []uint32{0, 2} { // from, to
		p.emit(bpf.LoadIndirect{Off: offset, Size: 2})
		for _, port := range ports {
			p.when(uint32(port), "accept")
		}
	}
	p.jump("drop")
}

// stepX advances X by the value that the instructions leave in the accumulator,
// and restores the accumulator's value from before them.
func (p *program) stepX(distance ...bpf.Instruction) {
	p.emit(bpf.StoreScratch{Src: bpf.RegA, N: 0})
	p.emit(distance...)
	p.emit(bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{}, bpf.LoadScratch{Dst: bpf.RegA, N: 0})
}

func (p *program) emit(code ...bpf.Instruction) { p.code = append(p.code, code...) }

func (p *program) label(name string) { p.labels[name] = len(p.code) }

func (p *program) jump(to string) {
	p.jumps[len(p.code)] = to
	p.emit(bpf.Jump{})
}

// when jumps if the accumulator is v. A conditional jump reaches only 255
// instructions, so for a far label it skips an unconditional jump.
func (p *program) when(v uint32, to string) {
	p.emit(bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipFalse: 1})
	p.jump(to)
}

// unless jumps if the accumulator is not v.
func (p *program) unless(v uint32, to string) {
	p.emit(bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: 1})
	p.jump(to)
}

func (p *program) link() []bpf.Instruction {
	for at, to := range p.jumps {
		p.code[at] = bpf.Jump{Skip: uint32(p.labels[to] - at - 1)}
	}
	return p.code
}
