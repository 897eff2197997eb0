package hub

import (
	"fmt"
	"testing"
)

// TestStatsAreBounded checks that sensors who invent names do not fill memory, and that nothing
// is left uncounted.
func TestStatsAreBounded(t *testing.T) {
	s, found := &Stats{}, make(map[string]*SensorStats)
	for i := range maxSensors + 10 {
		s.count(Identity{Sensor: fmt.Sprint(i), Run: "r", Conn: 1}.Subject(), 2, found)
	}
	for _, subject := range []string{"imapscope.a", "imapscope.a.b.c", "imapscope.=.r-1", "scan.x", ""} {
		s.count(subject, 1, found)
	}
	s.count(Identity{Sensor: "7", Run: "r", Conn: 2}.Subject(), 5, found)
	if len(found) != maxSensors || s.Connections != maxSensors+1 || s.Others != 2*10+5 {
		t.Errorf("%d sensors, %d connections, %d others", len(found), s.Connections, s.Others)
	}
	if x := found["7"]; x.Messages != 7 || x.Connections != 2 {
		t.Errorf("%+v", x)
	}
}
