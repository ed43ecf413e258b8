// SPDX-License-Identifier: BSD-2-Clause

// Checkpoint verifies a host's log with Go's sumdb packages, which know nothing
// of twokey: the signed note, the tree over the lines, every inclusion proof,
// and the consistency of each shorter tree.  With a fourth argument it also
// holds the path of a proof document (docs/formats.md section 11) against the
// one it makes itself.
//
// usage: checkpoint LOG CHECKPOINT VKEY [PROOF]
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func die(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "checkpoint: "+format+"\n", args...)
	os.Exit(1)
}

// head reads a C2SP tlog-checkpoint: origin, size, root.
func head(text, origin string) (int64, tlog.Hash) {
	var root tlog.Hash
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		die("the note is not of three lines: %q", text)
	}
	if lines[0] != origin {
		die("the origin is %q, not %q", lines[0], origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		die("the size is %q", lines[1])
	}
	h, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(h) != tlog.HashSize {
		die("the root is %q", lines[2])
	}
	copy(root[:], h)
	return size, root
}

type store []tlog.Hash

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", x)
		}
		out[i] = s[x]
	}
	return out, nil
}

// trees checks inclusion of every line, and each shorter tree's consistency.
func trees(s store, lines [][]byte, root tlog.Hash) {
	n := int64(len(lines))
	for i := int64(0); i < n; i++ {
		p, err := tlog.ProveRecord(n, i, s)
		if err == nil {
			err = tlog.CheckRecord(p, n, root, i, tlog.RecordHash(lines[i]))
		}
		if err != nil {
			die("entry %d: %v", i, err)
		}
	}
	for i := int64(1); i <= n; i++ {
		h, err := tlog.TreeHash(i, s)
		if err != nil {
			die("tree of %d: %v", i, err)
		}
		p, err := tlog.ProveTree(n, i, s)
		if err == nil {
			err = tlog.CheckTree(p, n, root, i, h)
		}
		if err != nil {
			die("tree of %d: %v", i, err)
		}
	}
}

func proof(path string, s store, n int64, note []byte) {
	var doc struct {
		Seq        int64
		Path       []string
		Checkpoint []byte
	}
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &doc)
	}
	if err != nil {
		die("%s: %v", path, err)
	}
	if !bytes.Equal(doc.Checkpoint, note) {
		die("the proof holds another checkpoint")
	}
	want, err := tlog.ProveRecord(n, doc.Seq, s)
	if err != nil {
		die("entry %d: %v", doc.Seq, err)
	}
	if len(want) != len(doc.Path) {
		die("the path has %d hashes, not %d", len(doc.Path), len(want))
	}
	for i, h := range want {
		if hex.EncodeToString(h[:]) != doc.Path[i] {
			die("hash %d of the path differs", i)
		}
	}
}

func main() {
	if len(os.Args) != 4 && len(os.Args) != 5 {
		die("usage: checkpoint LOG CHECKPOINT VKEY [PROOF]")
	}
	log, err := os.ReadFile(os.Args[1])
	if err != nil {
		die("%v", err)
	}
	cp, err := os.ReadFile(os.Args[2])
	if err != nil {
		die("%v", err)
	}
	v, err := note.NewVerifier(os.Args[3])
	if err != nil {
		die("%v", err)
	}
	n, err := note.Open(cp, note.VerifierList(v))
	if err != nil {
		die("%v", err)
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		die("there is not exactly one signature")
	}
	size, root := head(n.Text, v.Name())
	lines := bytes.Split(log, []byte("\n"))
	if len(lines[len(lines)-1]) != 0 || int64(len(lines)-1) < size {
		die("the log does not hold %d whole lines", size)
	}
	lines = lines[:size]
	var s store
	for i, line := range lines {
		h, err := tlog.StoredHashes(int64(i), line, s)
		if err != nil {
			die("entry %d: %v", i, err)
		}
		s = append(s, h...)
	}
	got, err := tlog.TreeHash(size, s)
	if err != nil || got != root {
		die("the root is %v, not %v", got, root)
	}
	trees(s, lines, root)
	if len(os.Args) == 5 {
		proof(os.Args[4], s, size, cp)
	}
	fmt.Printf("%d entries of %s verified\n", size, v.Name())
}
