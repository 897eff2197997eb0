package pcap

import "testing"

func TestSeenDescribesWhatIsNotIMAP(t *testing.T) {
	many := Seen{Packets: 90, Missed: 9}
	for port := range uint16(7) {
		many.Ports = append(many.Ports, PortCount{8000 + port, 1})
	}
	many.Ports[0].Conns = 3
	for _, test := range []struct {
		seen Seen
		want string
	}{
		{Seen{}, "no packet"},
		{Seen{Packets: 2}, "no TCP connection in 2 packets"},
		{Seen{Packets: 9, Missed: 2, Ports: []PortCount{{80, 2}}}, "2 TCP connections, to port 80"},
		{many, "9 TCP connections, to port 8000 (3 of them), 8001, 8002, 8003, 8004 and 2 more"},
	} {
		if got := test.seen.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// TestSeenIsBounded: a port scan does not fill the memory.
func TestSeenIsBounded(t *testing.T) {
	a := NewAssembler(Options{}, nil)
	for port := range 3 * maxPorts {
		c := &conn{knowServer: true, serverIsB: true}
		c.flow.b.port = uint16(port)
		a.miss(c)
	}
	if s := a.Seen(); s.Missed != 3*maxPorts || len(s.Ports) != maxPorts {
		t.Errorf("%d connections, %d ports", s.Missed, len(s.Ports))
	}
}
