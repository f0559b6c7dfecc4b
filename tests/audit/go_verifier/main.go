// Checks a log's folder and what we say of it with Go's golang.org/x/mod/sumdb, which the Turnpike project did
// not write: the log's signature, inclusion and consistency. Usage: go_verifier FOLDER < claims.json
//
// Cosignatures are of a type that sumdb/note does not know; it passes over them, and our own verifier checks them.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type inclusion struct {
	Index int64       `json:"index"`
	Leaf  []byte      `json:"leaf"`
	Proof []tlog.Hash `json:"proof"`
}

type consistency struct {
	OldSize int64       `json:"old_size"`
	OldRoot tlog.Hash   `json:"old_root"`
	Proof   []tlog.Hash `json:"proof"`
}

type claims struct {
	VerifierKey string        `json:"verifier_key"`
	Inclusion   []inclusion   `json:"inclusion"`
	Consistency []consistency `json:"consistency"`
}

// folder reads tiles in the C2SP layout: that of Go's, without the height.
type folder string

func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		read, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		data = append(data, read)
	}
	return data, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	if err := verify(folder(os.Args[1])); err != nil {
		fmt.Println("REFUSED:", err)
		os.Exit(1)
	}
}

func verify(log folder) error {
	var said claims
	if err := json.NewDecoder(os.Stdin).Decode(&said); err != nil {
		return err
	}
	tree, err := signed(log, said.VerifierKey)
	if err != nil {
		return fmt.Errorf("log signature: %w", err)
	}
	tiles := tlog.TileHashReader(tree, log)
	root, err := tlog.TreeHash(tree.N, tiles)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	if root != tree.Hash {
		return errors.New("tiles: another root than the checkpoint's")
	}
	fmt.Println("tiles: the checkpoint's root")
	for _, each := range said.Inclusion {
		leaf := tlog.RecordHash(each.Leaf)
		if err := tlog.CheckRecord(each.Proof, tree.N, tree.Hash, each.Index, leaf); err != nil {
			return fmt.Errorf("inclusion of %d: %w", each.Index, err)
		}
		if err := same(each, tree, tiles, log); err != nil {
			return fmt.Errorf("inclusion of %d: %w", each.Index, err)
		}
	}
	fmt.Println("inclusion:", len(said.Inclusion), "proofs hold")
	for _, each := range said.Consistency {
		if err := tlog.CheckTree(each.Proof, tree.N, tree.Hash, each.OldSize, each.OldRoot); err != nil {
			return fmt.Errorf("consistency with %d: %w", each.OldSize, err)
		}
	}
	fmt.Println("consistency:", len(said.Consistency), "proofs hold")
	return nil
}

// signed opens the folder's checkpoint with the log's key and no other.
func signed(log folder, key string) (tlog.Tree, error) {
	var none tlog.Tree
	read, err := os.ReadFile(filepath.Join(string(log), "checkpoint"))
	if err != nil {
		return none, err
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return none, err
	}
	opened, err := note.Open(read, note.VerifierList(verifier))
	if err != nil {
		return none, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return none, errors.New("no checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return none, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return none, errors.New("no root")
	}
	fmt.Printf("log signature: by %s+%08x, size %d, %d lines of others passed over\n",
		verifier.Name(), verifier.KeyHash(), size, len(opened.UnverifiedSigs))
	return tlog.Tree{N: size, Hash: tlog.Hash(root)}, nil
}

// same says whether Go, from the folder's tiles and bundles, comes to the same leaf and the same proof.
func same(each inclusion, tree tlog.Tree, tiles tlog.HashReader, log folder) error {
	made, err := tlog.ProveRecord(tree.N, each.Index, tiles)
	if err != nil {
		return err
	}
	if fmt.Sprint(made) != fmt.Sprint(tlog.RecordProof(each.Proof)) {
		return errors.New("Go makes another proof from the tiles")
	}
	number := each.Index >> height
	width := int(min(tree.N-number<<height, 1<<height))
	path := tlog.Tile{H: height, L: -1, N: number, W: width}.Path()
	bundle, err := os.ReadFile(filepath.Join(string(log), strings.Replace(path, fmt.Sprintf("tile/%d/data/", height), "tile/entries/", 1)))
	if err != nil {
		return err
	}
	for skip := each.Index & (1<<height - 1); skip > 0; skip-- {
		bundle = bundle[2+binary.BigEndian.Uint16(bundle):]
	}
	if !bytes.Equal(bundle[2:2+binary.BigEndian.Uint16(bundle)], each.Leaf) {
		return errors.New("another leaf stands in the bundle")
	}
	return nil
}
