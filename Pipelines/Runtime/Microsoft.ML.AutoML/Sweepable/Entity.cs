using Microsoft.ML.AutoML.CodeGen;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>A schema of a pipeline: <c>*</c> puts one after another, <c>+</c> chooses one of both.</summary>
public abstract class Entity
{
    public Entity Left { get; set; }

    public Entity Right { get; set; }

    /// <summary>Reads a schema such as <c>e0 * (e1 + e2)</c>; <c>*</c> binds more tightly than <c>+</c>.</summary>
    /// <exception cref="ArgumentException">The text is no schema.</exception>
    public static Entity FromExpression(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return new SchemaReader(expression).Read();
    }

    public static Entity operator +(Entity left, Entity right) => new OneOfEntity { Left = left, Right = right };

    public static Entity operator *(Entity left, Entity right) => new ConcatenateEntity { Left = left, Right = right };

    /// <summary>All that the schema allows, each as the names one after another.</summary>
    internal abstract IEnumerable<string[]> ToTerms();

    /// <summary>The same schema with other names.</summary>
    internal abstract Entity Rename(Func<string, string> rename);
}

internal sealed class NamedEntity(string name) : Entity
{
    public string Name { get; } = name;

    public override string ToString() => Name;

    internal override IEnumerable<string[]> ToTerms() => [[Name]];

    internal override Entity Rename(Func<string, string> rename) => new NamedEntity(rename(Name));
}

/// <summary>An estimator that has no name yet.</summary>
internal sealed class EstimatorEntity(Estimator estimator) : Entity
{
    public Estimator Estimator { get; } = estimator;

    public override string ToString() => Estimator.EstimatorType.ToString();

    internal override IEnumerable<string[]> ToTerms() => [[ToString()]];

    internal override Entity Rename(Func<string, string> rename) => this;
}

internal sealed class OneOfEntity : Entity
{
    public override string ToString() => $"{Left} + {Right}";

    internal override IEnumerable<string[]> ToTerms() => Left.ToTerms().Concat(Right.ToTerms());

    internal override Entity Rename(Func<string, string> rename) => Left.Rename(rename) + Right.Rename(rename);
}

internal sealed class ConcatenateEntity : Entity
{
    public override string ToString() => $"{Within(Left)} * {Within(Right)}";

    internal override IEnumerable<string[]> ToTerms() => from left in Left.ToTerms() from right in Right.ToTerms() select (string[])[.. left, .. right];

    internal override Entity Rename(Func<string, string> rename) => Left.Rename(rename) * Right.Rename(rename);

    private static string Within(Entity entity) => entity is OneOfEntity ? $"({entity})" : entity.ToString();
}

internal sealed class SchemaReader(string expression)
{
    private int _at;

    public Entity Read()
    {
        var entity = ReadChoice();
        return _at == expression.Length ? entity : throw AutoMLErrors.BadSchema(expression, _at, $"'{expression[_at]}' is unexpected");
    }

    private Entity ReadChoice()
    {
        var entity = ReadSequence();
        while (Take('+'))
            entity += ReadSequence();
        return entity;
    }

    private Entity ReadSequence()
    {
        var entity = ReadOne();
        while (Take('*'))
            entity *= ReadOne();
        return entity;
    }

    private Entity ReadOne()
    {
        if (Take('('))
        {
            var entity = ReadChoice();
            return Take(')') ? entity : throw AutoMLErrors.BadSchema(expression, _at, "a closing parenthesis is missing");
        }
        int start = _at;
        while (_at < expression.Length && (char.IsLetterOrDigit(expression[_at]) || expression[_at] == '_'))
            _at++;
        if (_at == start)
            throw AutoMLErrors.BadSchema(expression, _at, "a name is missing");
        string name = expression[start.._at];
        SkipSpaces();
        return new NamedEntity(name);
    }

    private bool Take(char symbol)
    {
        SkipSpaces();
        if (_at == expression.Length || expression[_at] != symbol)
            return false;
        _at++;
        SkipSpaces();
        return true;
    }

    private void SkipSpaces()
    {
        while (_at < expression.Length && expression[_at] == ' ')
            _at++;
    }
}

/// <summary>What an estimator is, and with which parameters.</summary>
public class Estimator
{
    internal Estimator(EstimatorType type = EstimatorType.Unknown)
    {
        EstimatorType = type;
        Parameter = Parameter.CreateNestedParameter();
    }

    public EstimatorType EstimatorType { get; set; }

    public Parameter Parameter { get; set; }

    public static Entity operator +(Estimator left, Estimator right) => new EstimatorEntity(left) + new EstimatorEntity(right);

    public static Entity operator +(Entity left, Estimator right) => left + new EstimatorEntity(right);

    public static Entity operator +(Estimator left, Entity right) => new EstimatorEntity(left) + right;

    public static Entity operator *(Estimator left, Estimator right) => new EstimatorEntity(left) * new EstimatorEntity(right);

    public static Entity operator *(Entity left, Estimator right) => left * new EstimatorEntity(right);

    public static Entity operator *(Estimator left, Entity right) => new EstimatorEntity(left) * right;
}
