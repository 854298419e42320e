namespace MLPipelines.Training.Checkpoints;

/// <summary>What Python calls the opcodes of a pickle that are not understood here.</summary>
internal static class OpcodeNames
{
    private static readonly Dictionary<byte, string> Names = new()
    {
        [(byte)'0'] = "POP", [(byte)'1'] = "POP_MARK", [(byte)'2'] = "DUP", [(byte)'F'] = "FLOAT", [(byte)'I'] = "INT", [(byte)'L'] = "LONG",
        [(byte)'P'] = "PERSID", [(byte)'S'] = "STRING", [(byte)'T'] = "BINSTRING", [(byte)'U'] = "SHORT_BINSTRING", [(byte)'V'] = "UNICODE",
        [(byte)'d'] = "DICT", [(byte)'g'] = "GET", [(byte)'i'] = "INST", [(byte)'l'] = "LIST", [(byte)'o'] = "OBJ", [(byte)'p'] = "PUT",
        [(byte)'B'] = "BINBYTES", [(byte)'C'] = "SHORT_BINBYTES", [0x81] = "NEWOBJ", [0x82] = "EXT1", [0x83] = "EXT2", [0x84] = "EXT4",
        [0x8b] = "LONG4", [0x8d] = "BINUNICODE8", [0x8e] = "BINBYTES8", [0x8f] = "EMPTY_SET", [0x90] = "ADDITEMS", [0x91] = "FROZENSET",
        [0x92] = "NEWOBJ_EX", [0x96] = "BYTEARRAY8", [0x97] = "NEXT_BUFFER", [0x98] = "READONLY_BUFFER",
    };

    public static string Of(byte opcode) => Names.TryGetValue(opcode, out var name) ? name : FormattableString.Invariant($"0x{opcode:X2}");
}
