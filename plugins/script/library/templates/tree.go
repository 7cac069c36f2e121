package templates

import (
	"fmt"
	"strconv"
	"strings"
	"text/template/parse"
)

// rewritten marks a tree that has been.
const rewritten = "/*" + prefix + "*/"

// rewriter has a template call our functions for whatever needs the types of a script. What stood in the
// template comes first among their arguments: errors tell it.
type rewriter struct {
	tree *parse.Tree
	of   templateSet
}

func rewriteTree(t *parse.Tree, of templateSet) {
	if t == nil || t.Root == nil {
		return
	}
	if len(t.Root.Nodes) > 0 {
		if c, ok := t.Root.Nodes[0].(*parse.CommentNode); ok && c.Text == rewritten {
			return
		}
	}
	rewriter{t, of}.list(t.Root)
	mark := &parse.CommentNode{NodeType: parse.NodeComment, Text: rewritten}
	t.Root.Nodes = append([]parse.Node{mark}, t.Root.Nodes...)
}

func (r rewriter) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			said, at := r.place(n)
			r.pipe(n.Pipe)
			if len(n.Pipe.Decl) == 0 && !r.isText(n.Pipe) {
				n.Pipe.Cmds = append(n.Pipe.Cmds, ours(n.Pos, "show", said, at))
			}
		case *parse.IfNode:
			r.branch(&n.BranchNode)
		case *parse.WithNode:
			r.branch(&n.BranchNode)
		case *parse.RangeNode:
			last := lastOf(n.Pipe)
			said, at := r.place(last)
			r.branch(&n.BranchNode)
			n.Pipe.Cmds = append(n.Pipe.Cmds, ours(last.Position(), fmt.Sprint("range", len(n.Pipe.Decl)), said, at))
		case *parse.TemplateNode:
			r.pipe(n.Pipe)
		}
	}
}

func (r rewriter) branch(n *parse.BranchNode) {
	r.pipe(n.Pipe)
	r.list(n.List)
	r.list(n.ElseList)
}

// lastOf is what the template looks at last in a pipeline.
func lastOf(p *parse.PipeNode) parse.Node {
	args := p.Cmds[len(p.Cmds)-1].Args
	if p, ok := args[len(args)-1].(*parse.PipeNode); ok {
		return lastOf(p)
	}
	return args[len(args)-1]
}

// place is what a node says, and where it stands.
func (r rewriter) place(n parse.Node) (said, at parse.Node) {
	location, context := r.tree.ErrorContext(n)
	return text(n.Position(), context), text(n.Position(), location)
}

// builtin is how a function of all templates is rewritten, if the name is of one.
func (r rewriter) builtin(name string) (as string, ok bool) {
	if r.of.replaces(name) {
		return "", false
	}
	as, ok = builtin[name]
	return as, ok
}

// isText reports whether what the pipeline ends with makes text.
func (r rewriter) isText(p *parse.PipeNode) bool {
	id, ok := p.Cmds[len(p.Cmds)-1].Args[0].(*parse.IdentifierNode)
	if !ok {
		return false
	}
	as, _ := r.builtin(id.Ident)
	return as == "text" || as == "printed" || id.Ident == prefix+"printf"
}

func (r rewriter) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	var cmds []*parse.CommandNode
	for i, cmd := range p.Cmds {
		as := r.command(cmd)
		if as != "" && i > 0 {
			cmds = append(cmds, ours(cmd.Pos, as))
		}
		cmds = append(cmds, cmd)
	}
	p.Cmds = cmds
}

// command also says by which function what is piped into it must go.
func (r rewriter) command(cmd *parse.CommandNode) (as string) {
	said, args := cmd.String(), cmd.Args[1:]
	if from, fields := r.path(cmd.Args[0]); len(fields) > 0 {
		said, pos := cmd.Args[0].String(), cmd.Args[0].Position()
		r.given(args)
		cmd.Pos, cmd.Args = pos, append(field(pos, said, from, fields), args...)
		return ""
	}
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	if !ok {
		cmd.Args[0] = r.plain(cmd.Args[0])
		return ""
	}
	as, isBuiltin := r.builtin(id.Ident)
	switch as {
	case "own":
		for i, a := range args {
			args[i] = r.plain(a)
		}
		cmd.Args = append(ours(id.Pos, id.Ident, text(id.Pos, said)).Args, args...)
		return ""
	case "":
		if !isBuiltin {
			r.given(args)
			return ""
		}
		for i, a := range args {
			args[i] = r.plain(a)
		}
		return ""
	}
	for i, a := range args {
		said := text(a.Position(), a.String())
		args[i] = inner(ours(a.Position(), as, said, r.plain(a)))
	}
	return as
}

// given rewrites arguments that a function of the script may get: constants take the types that it wants.
func (r rewriter) given(args []parse.Node) {
	for i, a := range args {
		said, at := r.place(a)
		constant := &parse.BoolNode{NodeType: parse.NodeBool, Pos: a.Position()}
		switch a.(type) {
		case *parse.NumberNode, *parse.StringNode, *parse.BoolNode:
			constant.True = true
		}
		args[i] = inner(ours(a.Position(), "given", said, at, constant, r.plain(a)))
	}
}

// path takes a node that names fields apart.
func (r rewriter) path(n parse.Node) (from parse.Node, fields []string) {
	switch n := n.(type) {
	case *parse.FieldNode:
		return &parse.DotNode{NodeType: parse.NodeDot, Pos: n.Pos}, n.Ident
	case *parse.VariableNode:
		return &parse.VariableNode{NodeType: parse.NodeVariable, Pos: n.Pos, Ident: n.Ident[:1]}, n.Ident[1:]
	case *parse.ChainNode:
		return r.plain(n.Node), n.Field
	}
	return n, nil
}

// field is the command that looks fields up, each in the one before.
func field(pos parse.Pos, said string, from parse.Node, fields []string) []parse.Node {
	return ours(pos, "field", text(pos, said), text(pos, strings.Join(fields, ".")), from).Args
}

// plain is an argument that no function of a script gets.
func (r rewriter) plain(n parse.Node) parse.Node {
	if p, ok := n.(*parse.PipeNode); ok {
		r.pipe(p)
		return p
	}
	said := n.String()
	if from, fields := r.path(n); len(fields) > 0 {
		return inner(&parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Position(), Args: field(n.Position(), said, from, fields)})
	}
	return n
}

// ours is a call of a function of ours.
func ours(pos parse.Pos, name string, args ...parse.Node) *parse.CommandNode {
	args = append([]parse.Node{parse.NewIdentifier(prefix + name).SetPos(pos)}, args...)
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: args}
}

// inner is a command in parentheses.
func inner(cmd *parse.CommandNode) *parse.PipeNode {
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: cmd.Pos, Cmds: []*parse.CommandNode{cmd}}
}

func text(pos parse.Pos, s string) parse.Node {
	return &parse.StringNode{NodeType: parse.NodeString, Pos: pos, Quoted: strconv.Quote(s), Text: s}
}
