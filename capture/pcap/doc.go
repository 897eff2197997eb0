// Package pcap reads captures (pcap and pcapng; plain, gzip, zstd, stdin), reassembles their TCP connections, and records connections as pcapng.
//
//	file, pipe ─> Open ─> Reader ─> Packet ─> Assembler ─> capture.Sink
//	   (gzip, zstd by content)        ↑
//	                     capture/live ┘
//
// A Reader returns the frames of one file one by one:
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
//     record and no more than those (tcpdump -U -w - | imapscope decode -).
//   - Nothing is allocated by a size that a file claims. The buffer grows as
//     bytes arrive; a frame above [MaxFrame] is damage. A compressed file may
//     ask for a zstd window of up to 128 MiB, the limit of the zstd program
//     without options.
//   - Everything before the damage is read; then one *FileError reports where
//     the damage is. A truncated file is io.ErrUnexpectedEOF to errors.Is. The
//     Reader does not guess where the next record might begin.
//   - A record's time, link type and length on the wire are passed on as they
//     are, however absurd; the Assembler judges them.
//   - The two formats are read here and not by gopacket's pcapgo: the inspector
//     needs each packet's offset, an error needs its packet and offset, and
//     pcapgo allocates by the size a record claims and copies each frame. The
//     tests compare this reader with pcapgo's.
package pcap
