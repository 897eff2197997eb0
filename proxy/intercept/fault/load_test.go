package fault_test

import (
	"strings"
	"testing"

	"imapscope/proxy/intercept/fault"
)

func TestLoad(t *testing.T) {
	for in, want := range map[string]string{
		"faults:\n  - fault: 'delay tagged 5s if command == \"FETCH\"'\n    name: slow\n  - fault: reset\n    toxicity: 0.5\n":                                   `slow=delay tagged 5s if command == "FETCH"; =reset probability 0.5`,
		`[{"name":"lag","type":"latency","stream":"upstream","attributes":{"latency":100,"jitter":7}}]`:                                                          "lag=delay command 100ms 7ms",
		`{"toxics":[{"type":"bandwidth","stream":"downstream","attributes":{"rate":3}},{"type":"timeout","attributes":{"timeout":50}}]}`:                         "=bandwidth to-client 3000; =stall 50ms",
		`[{"type":"slicer","attributes":{"average_size":64,"size_variation":3,"delay":0}},{"type":"reset_peer"},{"type":"limit_data","attributes":{"bytes":9}}]`: "=split 64; =reset; =limit 9",
		"- {fault: reset, enabled: false}\n- {fault: close}\n":                                                                                                   "=close",
	} {
		list, err := fault.Load(strings.NewReader(in))
		var got []string
		for _, f := range list {
			got = append(got, f.Name+"="+f.String())
		}
		if s := strings.Join(got, "; "); err != nil || s != want {
			t.Errorf("%s\ngave %s, %v\nwant %s", in, s, err, want)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nfaults: [*c,*c,*c,*c,*c,*c,*c]\n"
	for in, want := range map[string]string{
		"":                                      "empty",
		"faults: []":                            "no faults",
		"faults: [{fault: rest}]":               "line 1: fault 1: ",
		"- fault: reset\n- fault: rest\n":       `line 2: fault 2: fault "rest": no kind "rest"; did you mean reset?`,
		"- {fault: reset, when: x}":             `line 1: unknown key "when"; there are name, fault, enabled, type, `,
		"faults:\n- fault: reset\n  Fault: x\n": `line 3: unknown key "Fault"`,
		"# one\nfalts:\n- fault: reset\n":       `line 2: unknown key "falts"; there are faults and toxics`,
		"faults: reset":                         "line 1: faults is not a list",
		"- reset\n":                             "line 1: a fault is an object",
		"- fault: reset\n  enabled: perhaps\n":  "line 2: cannot unmarshal",
		"- fault: [a]\n  enabled: perhaps\n":    "line 1: cannot unmarshal",
		"- fault: reset\n   name: x\n":          "line 2: ",
		"{\n \"faults\": [\n  {\"fault\": \"reset\",}\n  oops":   "line 3: ",
		"- {fault: reset, fault: close}":                         "already",
		"- {fault: reset, name: x}\n- {fault: close, name: x}\n": `line 2: fault 2: the name "x" is that of line 1 too`,
		"- {name: x}":                                 "neither",
		"- {fault: reset, type: latency}":             "both",
		"- {type: slow_close}":                        "none of latency",
		"- {fault: reset, toxicity: 0}":               "toxicity",
		"- {type: latency, attributes: {latncy: 5}}":  `line 1: fault 1: latency has no attribute "latncy"; there are jitter, latency`,
		"- {type: reset_peer, attributes: {rate: 5}}": `reset_peer has no attribute "rate"; there are timeout`,
		"hello": "neither a list",
		bomb:    "",
		strings.Repeat("- {fault: reset}\n", 1001): "1001 faults",
		strings.Repeat(" ", 1<<20+1):               "longer",
	} {
		_, err := fault.Load(strings.NewReader(in))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v; want %q", in, err, want)
		} else if strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "yaml") {
			t.Errorf("%.60q: %q is not one clear line", in, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("faults:\n  - fault: reset\n"))
	f.Add([]byte(`[{"name":"lag","type":"latency","attributes":{"latency":100}}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 500 {
			return
		}
		list, err := fault.Load(strings.NewReader(string(b)))
		for _, x := range list {
			if _, err := fault.Parse(x.String()); err != nil {
				t.Errorf("%q gave %s: %v", b, x, err)
			}
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q is not one line", b, err)
		}
	})
}
