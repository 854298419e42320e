using MLPipelines.Tokenization.Processing;

namespace MLPipelines.Tokenization.Files;

/// <summary>Reads the "post_processor" of a tokenizer.json.</summary>
internal static class PostProcessorReader
{
    private static readonly string[] Known = ["BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing"];

    public static PostProcessor Read(JsonPart part)
    {
        string type = part.Text("type");
        return type switch
        {
            "TemplateProcessing" => ReadTemplate(part),
            "BertProcessing" => ReadBert(part),
            "RobertaProcessing" => ReadRoberta(part),
            "ByteLevel" => PostProcessor.None with { TrimSpaces = part.Flag("trim_offsets", true) ? [part.Flag("add_prefix_space", true)] : [] },
            "Sequence" => ReadSequence(part),
            _ => throw TokenizationErrors.UnknownComponent(part.File, "post-processor", type, Known),
        };
    }

    // Any number of steps that trim, and one that adds tokens.
    private static PostProcessor ReadSequence(JsonPart part)
    {
        var result = PostProcessor.None;
        var trims = new List<bool>();
        foreach (var item in part.Get("processors").Items())
        {
            var step = Read(item);
            trims.AddRange(step.TrimSpaces);
            if (ReferenceEquals(step.Single, PostProcessor.None.Single))
                continue;
            if (!ReferenceEquals(result.Single, PostProcessor.None.Single))
                throw TokenizationErrors.Malformed(part.File, $"{item.Path} is a second post-processor that adds tokens, which is not supported.");
            result = step;
        }
        return result with { TrimSpaces = [.. trims] };
    }

    private static PostProcessor ReadBert(JsonPart part)
    {
        var (separator, separatorId) = ReadToken(part.Get("sep"));
        var (start, startId) = ReadToken(part.Get("cls"));
        return new PostProcessor(
            [PostProcessor.Special(start, startId, 0), PostProcessor.Text(0, 0), PostProcessor.Special(separator, separatorId, 0)],
            [
                PostProcessor.Special(start, startId, 0), PostProcessor.Text(0, 0), PostProcessor.Special(separator, separatorId, 0),
                PostProcessor.Text(1, 1), PostProcessor.Special(separator, separatorId, 1),
            ],
            []);
    }

    private static PostProcessor ReadRoberta(JsonPart part)
    {
        var (separator, separatorId) = ReadToken(part.Get("sep"));
        var (start, startId) = ReadToken(part.Get("cls"));
        var end = PostProcessor.Special(separator, separatorId, 0);
        return new PostProcessor(
            [PostProcessor.Special(start, startId, 0), PostProcessor.Text(0, 0), end],
            [PostProcessor.Special(start, startId, 0), PostProcessor.Text(0, 0), end, end, PostProcessor.Text(1, 0), end],
            part.Flag("trim_offsets", true) ? [part.Flag("add_prefix_space", true)] : []);
    }

    private static (string, int) ReadToken(JsonPart part)
    {
        JsonPart[] two = [.. part.Items()];
        return two.Length == 2 ? (two[0].Text(), two[1].Integer()) : throw TokenizationErrors.WrongType(part.File, part.Path, "a text and an id");
    }

    private static PostProcessor ReadTemplate(JsonPart part)
    {
        var specials = new Dictionary<string, (int[] Ids, string[] Tokens)>();
        if (part.Find("special_tokens") is { } tokens)
        {
            foreach (var (name, value) in tokens.Members())
            {
                int[] ids = [.. value.Get("ids").Items().Select(id => id.Integer())];
                string[] texts = [.. value.Get("tokens").Items().Select(text => text.Text())];
                if (ids.Length != texts.Length)
                    throw TokenizationErrors.Malformed(part.File, $"{value.Path} has {ids.Length} ids but {texts.Length} tokens.");
                specials[name] = (ids, texts);
            }
        }
        TemplatePart[] single = [.. part.Get("single").Items().Select(item => ReadPart(item, specials))];
        TemplatePart[] pair = part.Find("pair") is { } two ? [.. two.Items().Select(item => ReadPart(item, specials))] : [.. PostProcessor.None.Pair];
        if (single.Count(item => item.Sequence == 0) != 1 || single.Any(item => item.Sequence == 1))
            throw TokenizationErrors.Malformed(part.File, "the template for one text must hold it once and no second one.");
        if (pair.Count(item => item.Sequence == 0) != 1 || pair.Count(item => item.Sequence == 1) != 1)
            throw TokenizationErrors.Malformed(part.File, "the template for two texts must hold each once.");
        return new PostProcessor(single, pair, []);
    }

    private static TemplatePart ReadPart(JsonPart part, Dictionary<string, (int[] Ids, string[] Tokens)> specials)
    {
        if (part.Find("Sequence") is { } sequence)
        {
            string id = sequence.Text("id");
            int index = id switch
            {
                "A" => 0,
                "B" => 1,
                _ => throw TokenizationErrors.UnknownComponent(part.File, "sequence", id, ["A", "B"]),
            };
            return PostProcessor.Text(index, sequence.IntegerOrNull("type_id") ?? 0);
        }
        var special = part.Get("SpecialToken");
        string name = special.Text("id");
        return specials.TryGetValue(name, out var tokens)
            ? new TemplatePart(-1, special.IntegerOrNull("type_id") ?? 0, tokens.Ids, tokens.Tokens)
            : throw TokenizationErrors.Malformed(part.File, $"{special.Path} names '{name}', which is not among the template's special tokens.");
    }
}
