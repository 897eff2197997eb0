package proxy

import (
	"io"
	"net"
	"time"

	"imapscope/capture"
)

// splice forwards bulk data without reading it into this process, if there is no Sink; where the
// system cannot, the net package copies. It never waits for more data. It returns false if
// writing to dst failed.
func (s *session) splice(dir capture.Direction, src, dst net.Conn) bool {
	from, ok := src.(*net.TCPConn)
	to, ok2 := dst.(*net.TCPConn)
	if !ok || !ok2 || s.p.Sink != nil {
		return true
	}
	for n := unread(from); n >= socketBufferSize; n = unread(from) {
		moved, err := to.ReadFrom(&io.LimitedReader{R: from, N: int64(n)})
		s.p.stats.octets[dir].Add(moved)
		if err != nil {
			return false
		}
		s.touch(time.Now())
	}
	return true
}
