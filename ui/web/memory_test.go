package web_test

import (
	"bytes"
	"runtime"
	"testing"

	"imapscope/capture/pcap"
	"imapscope/samples/traffic"
	"imapscope/ui/web"
)

// maxHeldBytes is what a page may keep in memory of each transaction of a capture, all included:
// the index with its connections, findings, and what is needed to find out why.
const maxHeldBytes = 320

// What is kept of a capture grows with its transactions, by little for each.
func TestMemoryOfACapture(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 40 MB")
	}
	held := func(size int64) (bytesHeld int64, txns int64) {
		var file bytes.Buffer
		sum, err := traffic.Write(&file, traffic.Options{Bytes: size, Conns: 64, Mix: traffic.Short})
		if err != nil {
			t.Fatal(err)
		}
		before := heap()
		s, err := web.New(web.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		err = pcap.Stream(bytes.NewReader(file.Bytes()), "traffic", pcap.Options{}).Run(t.Context(), s.Sink())
		if err != nil {
			t.Fatal(err)
		}
		s.Ended(nil)
		after := heap()
		runtime.KeepAlive(&file)
		return after - before, sum.Transactions
	}
	small, few := held(8 << 20)
	large, many := held(32 << 20)
	each := float64(large-small) / float64(many-few)
	t.Logf("%d and %d transactions take %d and %d KB: %.0f bytes for each more", few, many, small>>10, large>>10, each)
	if each > maxHeldBytes || each < 1 {
		t.Errorf("a transaction takes %.0f bytes of memory", each)
	}
}

// heap returns how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
