package pcap

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestServerSideIsRecognised checks which side is the server, and what is IMAP on a port that says
// nothing.
func TestServerSideIsRecognised(t *testing.T) {
	const (
		ours   = "open 192.0.2.1:40000>192.0.2.2:2000"
		theirs = "open 192.0.2.2:2000>192.0.2.1:40000"
	)
	hello := []seg{{from: 'C', flags: "S"}, {from: 'S', flags: "SA", ack: 1}}
	say := func(from byte, seq uint32, data string) seg {
		return seg{from: from, flags: "A", seq: seq, ack: 1, data: data}
	}
	bytewise := func(data string) []seg {
		var list []seg
		for i := range len(data) {
			list = append(list, say('S', uint32(1+i), data[i:i+1]))
		}
		return list
	}
	for name, c := range map[string]struct {
		ports []uint16
		segs  [][]seg
		want  string
	}{
		"OK":                     {nil, [][]seg{hello, {say('S', 1, "* OK hi")}}, ours + "|S * OK hi"},
		"OK without text":        {nil, [][]seg{hello, {say('S', 1, "* OK\r\n")}}, ours + "|S * OK\r\n"},
		"lower case":             {nil, [][]seg{hello, {say('S', 1, "* ok hi")}}, ours + "|S * ok hi"},
		"PREAUTH":                {nil, [][]seg{hello, {say('S', 1, "* PREAUTH hi")}}, ours + "|S * PREAUTH hi"},
		"BYE":                    {nil, [][]seg{hello, {say('S', 1, "* BYE busy")}}, ours + "|S * BYE busy"},
		"byte by byte":           {nil, [][]seg{hello, bytewise("* BYE x")}, ours + "|S *|S  |S B|S Y|S E|S  |S x"},
		"greeting, out of order": {nil, [][]seg{hello, {say('S', 6, "hi"), say('S', 1, "* OK ")}}, ours + "|S * OK |S hi"},
		"greeting and FIN before it": {nil, [][]seg{hello, {
			{from: 'S', flags: "AF", seq: 6, ack: 1}, say('S', 1, "* BYE"+" "), {from: 'C', flags: "AF", seq: 1, ack: 7}}},
			ours + "|S * BYE "},
		"SYN from the other side":           {nil, [][]seg{{{from: 'S', flags: "S"}, {from: 'C', flags: "SA", ack: 1}}, {say('C', 1, "* OK hi")}}, theirs + "|S * OK hi"},
		"only the answer to the SYN":        {nil, [][]seg{{hello[1]}, {say('S', 1, "* OK hi")}}, ours + "|S * OK hi"},
		"begun before the capture, server":  {nil, [][]seg{{say('S', 1, "* OK hi"), say('C', 1, "a NOOP")}}, ours + " mid|S * OK hi|C a NOOP"},
		"begun before the capture, swapped": {nil, [][]seg{{say('C', 1, "* OK hi"), say('S', 1, "a NOOP")}}, theirs + " mid|S * OK hi|C a NOOP"},
		"FTP":                               {nil, [][]seg{hello, {say('S', 1, "220 ready\r\n"), say('S', 12, "* OK hi")}}, ""},
		"SMTP by bytes":                     {nil, [][]seg{hello, bytewise("220 * OK hi")}, ""},
		"FTP, its second packet first":      {nil, [][]seg{hello, {say('S', 3, "bad"), say('S', 6, "x"), say('S', 1, "* ")}}, ""},
		"HTTP":                              {nil, [][]seg{hello, {say('C', 1, "GET / HTTP/1.0\r\n\r\n"), say('S', 1, "* OK hi")}}, ""},
		"POP":                               {nil, [][]seg{hello, {say('S', 1, "+OK ready\r\n")}}, ""},
		"a list":                            {nil, [][]seg{hello, {say('S', 1, "* OKAY")}}, ""},
		"the greeting's first bytes, then the client": {nil, [][]seg{hello, {say('S', 1, "* O"), say('C', 1, "x"), say('S', 4, "K hi")}}, ""},
		"the greeting not captured":                   {nil, [][]seg{hello, {say('S', 50, "* OK hi"), {from: 'C', flags: "A", seq: 1, ack: 57}, say('C', 1, "a"), say('C', 2, "a"), say('C', 3, "a"), say('C', 4, "a")}}, ""},
		"a port that was named":                       {[]uint16{2000}, [][]seg{{say('C', 7, "x")}}, ours + " mid|C x"},
		"both ports were named: SYN":                  {[]uint16{2000, 40000}, [][]seg{hello, {say('C', 1, "x")}}, ours + "|C x"},
		"both ports were named: greeting":             {[]uint16{2000, 40000}, [][]seg{{say('S', 1, "* OK hi")}}, ours + " mid|S * OK hi"},
		"both ports were named: data of a server":     {[]uint16{2000, 40000}, [][]seg{{say('S', 1, "* 3 EXISTS\r\n"), say('C', 1, "x")}}, ours + " mid|S * 3 EXISTS\r\n|C x"},
		"both ports were named: anything":             {[]uint16{2000, 40000}, [][]seg{{say('C', 1, "a NOOP"), say('S', 1, "a OK")}}, ours + " mid|C a NOOP|S a OK"},
		"both ports were named: + from the server":    {[]uint16{2000, 40000}, [][]seg{{say('S', 1, "+ go on\r\n")}}, ours + " mid|S + go on\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var segs []seg
			for _, list := range c.segs {
				for _, s := range list {
					s.port = 2000
					segs = append(segs, s)
				}
			}
			r := play(t, Options{Ports: c.ports}, segs)
			got := strings.Join(r.log, "|")
			got = strings.TrimSuffix(strings.TrimSuffix(got, "|close end"), "|close fin")
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			if c.want == "" && r.stats.Ignored != 1 {
				t.Errorf("%d ignored", r.stats.Ignored)
			}
		})
	}
}
