/** Languages for stemming. The spelling of three names is that of npm `redis`. */
export const REDISEARCH_LANGUAGE = {
  ARABIC: 'Arabic', ARMENIAN: 'Armenian', BASQUE: 'Basque', CATALANA: 'Catalan', DANISH: 'Danish', DUTCH: 'Dutch', ENGLISH: 'English',
  FINNISH: 'Finnish', FRENCH: 'French', GERMAN: 'German', GREEK: 'Greek', HINDI: 'Hindi', HUNGARIAN: 'Hungarian',
  INDONESAIN: 'Indonesian', IRISH: 'Irish', ITALIAN: 'Italian', LITHUANIAN: 'Lithuanian', MALAY: 'Malay', NEPALI: 'Nepali',
  NORWEIGAN: 'Norwegian', PORTUGUESE: 'Portuguese', ROMANIAN: 'Romanian', RUSSIAN: 'Russian', SERBIAN: 'Serbian', SPANISH: 'Spanish',
  SWEDISH: 'Swedish', TAGALOG: 'Tagalog', TAMIL: 'Tamil', TURKISH: 'Turkish', YIDDISH: 'Yiddish', CHINESE: 'Chinese',
} as const;

/** One of {@link REDISEARCH_LANGUAGE}. */
export type RediSearchLanguage = (typeof REDISEARCH_LANGUAGE)[keyof typeof REDISEARCH_LANGUAGE];
