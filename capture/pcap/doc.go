// Package pcap is capture files and recordings: pcap and pcapng in (plain, gzip, zstd, stdin), TCP reassembly, pcapng out.
//
//	file, pipe ─> Open ─> Reader ─> Packet ─> Assembler ─> capture.Sink
//	   (gzip, zstd by content)        ↑
//	                     capture/live ┘
//
// A Reader gives the frames of one file one after the other:
//
//	f, err := pcap.Open("session.pcapng.gz") // or "-"
//	r, err := pcap.NewReader(f, "session.pcapng.gz")
//	var p pcap.Packet
//	for {
//		err := r.Next(&p)
//		if err == io.EOF {
//			break
//		}
//		…
//	}
//
// # Rules
//
//   - A format is known by its content, never by its name.
//   - A live pipe stays live: the Reader waits for the bytes of the next
//     record and not one more (tcpdump -U -w - | imapscope decode -).
//   - Nothing is allocated by a size that a file claims. The buffer grows as
//     bytes arrive; a frame above [MaxFrame] is damage. A zstd window is what
//     a compressed file may ask for, up to 128 MiB: what zstd itself grants
//     without being told to.
//   - What stands before the damage is read; then one *FileError says where
//     the damage is. A cut file Is io.ErrUnexpectedEOF. There is no guessing
//     where the next record might begin.
//   - A record's time, link type and length on the wire are passed on as they
//     are, however absurd; judging them is the Assembler's business.
//   - The two formats are read here and not by gopacket's pcapgo: the inspector
//     wants each packet's offset, an error wants its packet and offset, and
//     pcapgo allocates by the size a record claims and copies each frame. The
//     tests hold this reader against pcapgo's.
package pcap
