package metrics

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"imapscope/capture/hub"
	"imapscope/capture/leaktest"
)

// TestHubFigures checks the figures of a hub as they are served: no stream of another name, and
// none twice, is among them.
func TestHubFigures(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	load := hub.Load{
		Connections: 3, Accepted: 7, In: hub.Traffic{Messages: 10, Bytes: 1000}, Out: hub.Traffic{Messages: 11, Bytes: 1100}, SlowConsumers: 1, Subscriptions: 5, Storing: true,
		Streams: []hub.StreamLoad{
			{Name: hub.Stream, Messages: 9, Bytes: 900, Removed: 2, Subjects: 4, Consumers: 2, Unread: 6},
			{Name: hub.Stream, Messages: 99},
			{Name: hub.WorkStream, Messages: 1, Redelivered: 1},
			{Name: "INVENTED", Messages: 1},
		},
	}
	stop := ServeHub(l, func() hub.Load { return load }, slog.New(slog.DiscardHandler))
	defer stop()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"imapscope_hub_connections 3\n", "imapscope_hub_connections_total 7\n", "imapscope_hub_slow_consumers_total 1\n", "imapscope_hub_storing 1\n",
		`imapscope_hub_messages_total{direction="in"} 10`, `imapscope_hub_bytes_total{direction="out"} 1100`, "imapscope_hub_subscriptions 5\n",
		`imapscope_hub_stream_messages{stream="IMAPSCOPE"} 9`, `imapscope_hub_stream_removed_total{stream="IMAPSCOPE"} 2`, `imapscope_hub_stream_unread{stream="IMAPSCOPE"} 6`,
		`imapscope_hub_stream_redelivered{stream="` + hub.WorkStream + `"} 1`, "go_goroutines ",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(string(text), "INVENTED") {
		t.Error("a stream of another name is a label")
	}
}

// TestHubFiguresHaveNamesOfTheirOwn checks that no figure of a hub is taken for one of a proxy.
func TestHubFiguresHaveNamesOfTheirOwn(t *testing.T) {
	c := newHubCollector(nil)
	var have []string
	name := regexp.MustCompile(`fqName: "([^"]+)"`)
	for _, f := range c.figures {
		have = append(have, name.FindStringSubmatch(f.desc.String())[1])
	}
	for _, f := range c.streams {
		have = append(have, name.FindStringSubmatch(f.desc.String())[1])
	}
	slices.Sort(have)
	if have = slices.Compact(have); len(have) != 14 || slices.ContainsFunc(have, func(n string) bool { return !strings.HasPrefix(n, "imapscope_hub_") }) {
		t.Errorf("%d figures: %q", len(have), have)
	}
}
