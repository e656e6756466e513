namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>Two linear layers, one for the half max(0, x) of an input and one for the half min(0, x). The bias is the first one's.</summary>
    public sealed class Halves
    {
        private readonly LinearLayer _first, _second;

        /// <param name="first">Of max(0, x).</param>
        /// <param name="second">Of min(0, x).</param>
        public Halves(LinearLayer first, LinearLayer second) => (_first, _second) = (first, second);

        /// <summary>z = first(x⁺) + second(x⁻).</summary>
        public void Linear(Buffer x, Buffer z)
        {
            if (z.Stands)
            {
                return;
            }

            Buffer plus = z.Beside(0, x), minus = z.Beside(1, x);
            Elements.Run<Elements.Positive>(x, plus);
            Elements.Run<Elements.Negative>(x, minus);
            _first.Apply(plus, z, Addend.Bias);
            _second.Apply(minus, z, Addend.Result);
        }

        /// <summary>r = x⁺ ⊙ firstᵀs + x⁻ ⊙ secondᵀs.</summary>
        public void Back(Buffer s, Buffer x, Buffer r)
        {
            Buffer ofPlus = r.Beside(0), ofMinus = r.Beside(1);
            _first.ApplyTransposed(s, ofPlus);
            _second.ApplyTransposed(s, ofMinus);
            Elements.Run<Elements.BySign>(ofPlus, ofMinus, x, x, r);
        }
    }
}
