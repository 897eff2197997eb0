package live

import (
	"net"
	"strings"
	"testing"
)

func TestUnknownInterface(t *testing.T) {
	_, err := Options{Interface: "eth77"}.index()
	all, _ := net.Interfaces()
	want := `sniff: no interface "eth77"; there are: any`
	for _, i := range all {
		want += ", " + i.Name
	}
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestAnyIsNotPromiscuous(t *testing.T) {
	if _, err := (Options{Interface: Any, Promiscuous: true}).index(); err == nil || !strings.Contains(err.Error(), "one interface") {
		t.Error(err)
	}
	if i, err := (Options{Interface: Any}).index(); i != 0 || err != nil {
		t.Error(i, err)
	}
}

// TestAssemblerOptions checks that the caller's slices are not written to.
func TestAssemblerOptions(t *testing.T) {
	o := Options{Interface: "lo", Ports: []uint16{1143}}
	o.Assembler.Ports = append(make([]uint16, 0, 8), 2143)
	a := o.assembler()
	if len(a.Ports) != 2 || a.Ports[0] != 2143 || a.Ports[1] != 1143 || a.Origin != "lo" {
		t.Errorf("%+v", a)
	}
	if spare := o.Assembler.Ports[:2]; spare[1] != 0 {
		t.Errorf("written into the caller's slice: %v", spare)
	}
	o.Assembler.Origin = "named"
	if a := o.assembler(); a.Origin != "named" {
		t.Errorf("%+v", a)
	}
}
