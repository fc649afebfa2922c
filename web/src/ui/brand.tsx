/** The name with its mark. */
export function Brand() {
  return (
    <span className="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true" className="brand-mark">
        <rect x="3" y="3" width="26" height="26" rx="5" />
        <circle cx="16" cy="16" r="5.5" />
        <path d="M16 10.5V7M16 25v-3.5M21.5 16H25M7 16h3.5" />
      </svg>
      <span className="brand-name">Strongroom</span>
    </span>
  );
}
